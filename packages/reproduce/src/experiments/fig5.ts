import { meanOfKnown } from "@moira/core/statistics"
import { byModel, compareAnalyses } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

/** Figure 5 (Ob2). */
export default {
  contract: "reproduction/v1",
  title: "Figure 5: an expert foretells the experts of the next token",
  claim:
    "At one layer, the top 20 % of candidates for the next token cover 47, 62, 80 and 53 %; upper layers show a bright diagonal.",
  figures: ["cross-token-heatmaps", "cross-token-coverage", "diagonal-lift"],
  run: (bench) =>
    compareAnalyses(bench, [
      {
        what: "top 20 % of candidates cover, in sample",
        unit: "share",
        published: byModel({ "deepseek-v3": 0.47, "qwen3-235b": 0.62, "llama4-maverick": 0.8, "kimi-k2": 0.53 }),
        of: ({ temporal }) => temporal?.crossToken?.mean?.inSample
      },
      {
        what: "the same, held out",
        unit: "share",
        published: () => null,
        of: ({ temporal }) => temporal?.crossToken?.mean?.heldOut
      },
      {
        what: "from some tasks to others",
        unit: "share",
        published: () => null,
        of: ({ temporal }) => temporal?.crossToken?.mean?.acrossTasks?.heldOut
      },
      {
        what: "popularity alone, held out",
        unit: "share",
        published: () => null,
        of: ({ temporal }) => temporal?.crossToken?.mean?.popularity
      },
      {
        what: "diagonal of the upper third of layers over that of the lower third",
        unit: "times",
        published: () => ({ atLeast: 1 }),
        of: ({ temporal }) => {
          const layers = (temporal?.crossToken?.layers ?? []).filter(({ degenerate }) => !degenerate)
          const third = Math.floor(layers.length / 3)
          const lower = meanOfKnown(layers.slice(0, third).map(({ diagonalLift }) => diagonalLift))
          const upper = meanOfKnown(layers.slice(layers.length - third).map(({ diagonalLift }) => diagonalLift))
          return lower === null || upper === null || lower === 0 ? null : upper / lower
        }
      }
    ])
} satisfies Reproduction
