import { byModel, compareAnalyses } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

/** Figure 4 (Ob1). Published values: Section 4, quoted in the study's abstract of temporal relations. */
export default {
  contract: "reproduction/v1",
  title: "Figure 4: an expert foretells the experts of the next MoE layer",
  claim: "The top 20 % of candidates at the next MoE layer cover 50, 65, 77 and 56 % of the selections.",
  figures: ["cross-layer-heatmaps", "cross-layer-coverage", "coverage-cdf"],
  run: (bench) =>
    compareAnalyses(
      bench,
      [
        {
          what: "top 20 % of candidates cover, in sample",
          unit: "share",
          published: byModel({ "deepseek-v3": 0.5, "qwen3-235b": 0.65, "llama4-maverick": 0.77, "kimi-k2": 0.56 }),
          of: ({ temporal }) => temporal?.crossLayer?.mean?.inSample
        },
        {
          what: "the same, held out",
          unit: "share",
          published: () => null,
          of: ({ temporal }) => temporal?.crossLayer?.mean?.heldOut
        },
        {
          what: "from some tasks to others",
          unit: "share",
          published: () => null,
          of: ({ temporal }) => temporal?.crossLayer?.mean?.acrossTasks?.heldOut
        },
        {
          what: "popularity alone, held out",
          unit: "share",
          published: () => null,
          of: ({ temporal }) => temporal?.crossLayer?.mean?.popularity
        },
        {
          what: "given each layer's top-1 expert, in sample",
          unit: "share",
          published: () => null,
          of: ({ temporal }) => temporal?.crossLayer?.meanTopExpert?.inSample
        }
      ],
      [
        "The study measures in sample; with few requests that is inflated, so the held-out and popularity rows stand beside it."
      ]
    )
} satisfies Reproduction
