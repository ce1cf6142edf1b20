import { compareAnalyses } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

/** Figure 9 (Ob5); not defined for top-1 models. */
export default {
  contract: "reproduction/v1",
  title: "Figure 9: pairs of experts work together",
  claim:
    "Some pairs are selected together 20 to 40 times as often as random ones; the top 10 % of pairs hold 60 to 80 %; DeepSeek's groups show as squares.",
  figures: ["pair-cdf", "pair-heatmaps", "pair-blocks", "pair-layers"],
  run: (bench) =>
    compareAnalyses(
      bench,
      [
        {
          what: "top 10 % of pairs hold, in sample",
          unit: "share",
          published: ({ model }) => (model.topK === 1 ? null : { from: 0.6, to: 0.8 }),
          of: ({ spatial }) => spatial?.pairs?.mean.top10Share
        },
        {
          what: "the same, held out",
          unit: "share",
          published: () => null,
          of: ({ spatial }) => spatial?.pairs?.mean.top10.heldOut
        },
        {
          what: "from some tasks to others",
          unit: "share",
          published: () => null,
          of: ({ spatial }) => spatial?.pairs?.mean.top10.acrossTasks?.heldOut
        },
        {
          what: "most frequent pair over random choice, mean of layers",
          unit: "times",
          published: ({ model }) => (model.topK === 1 ? null : { from: 20, to: 40 }),
          of: ({ spatial }) => spatial?.pairs?.mean.maxOverUniform
        },
        {
          what: "blocks of experts found in common over layers",
          unit: "count",
          published: ({ model }) =>
            model.routing === undefined ? null : model.routing.groups > 1 ? { value: model.routing.groups } : null,
          of: ({ spatial }) => spatial?.pairs?.blocks.common?.blocks
        }
      ],
      ["A top-1 model activates no pair: there is nothing to measure for Llama 4."]
    )
} satisfies Reproduction
