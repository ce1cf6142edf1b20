/** Made-up advice on balancing, of the same trace as the sample analysis. */
import { AdviceDocument, type BalanceOption } from "@moira/results"
import { Schema } from "effect"
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"

const option = (layout: BalanceOption["layout"], slots: number, gain: number): BalanceOption => ({
  layout,
  slots,
  imbalance: 1.8 / gain,
  gain,
  interval: layout === "contiguous" ? null : [gain - 0.04, gain + 0.05],
  inSampleGain: gain + 0.03,
  orderedGain: layout === "contiguous" ? null : gain - 0.06,
  bytesPerUnit: slots * 1e9
})

export const advice = (shape?: Shape): AdviceDocument => {
  const { moira, input, seed } = analysis(shape)
  return Schema.decodeUnknownSync(AdviceDocument)({
    schema: "moira-advice/1",
    moira,
    input,
    seed,
    phase: "both",
    advice: {
      units: 8,
      verdict: "yes",
      sentence: "Yes: 2 redundant slots a unit on 8 units makes MoE compute 1.50 x as fast.",
      advisedSlots: 2,
      samples: "requests",
      method: "a layout is chosen on one half of the requests and judged on the other",
      options: [
        option("contiguous", 0, 1),
        option("rearranged", 0, 1.1),
        option("replicated", 1, 1.4),
        option("replicated", 2, 1.5)
      ],
      bound: 1.8,
      persistence: { stillHotShare: 0.75, retained: 0.9, retainedInOrder: null },
      layers: input.layers.map((layer, i) => ({
        layer,
        degenerate: i === 1,
        contiguous: 1.8 + 0.1 * (i % 3),
        advised: 1.1 + 0.05 * (i % 2),
        hot: 3,
        stillHot: 2
      })),
      degenerateLayers: input.layers.slice(1, 2),
      leavesOut: ["Cost is taken as proportional to load."],
      notMeasured: [{ what: "gain by task", why: "the trace names no tasks" }]
    }
  })
}
