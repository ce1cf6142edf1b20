/** Made-up advice on balancing, of the same trace as the sample analysis. */
import { AdviceDocument, type AdviceOption, type BalanceOption } from "@moira/results"
import { Schema } from "effect"
import { analysis } from "./analysis.ts"
import { place } from "./place.ts"
import type { Shape } from "./shape.ts"

const option = (layout: AdviceOption["layout"], slots: number, speedup: number): AdviceOption => ({
  layout,
  slots,
  speedup,
  interval: layout === "contiguous" ? null : [speedup - 0.04, speedup + 0.05],
  layerTimePs: 1e9 / speedup,
  metrics: {
    throughput_tokens_per_s: 1e5 * speedup,
    balancedness: Math.min(1, 0.5 * speedup)
  },
  binds: null,
  bytesPerUnit: slots * 1e9
})

const evenness = (layout: BalanceOption["layout"], slots: number, value: number): BalanceOption => ({
  layout,
  slots,
  imbalance: 1.8 / value,
  evenness: value,
  interval: layout === "contiguous" ? null : [value - 0.04, value + 0.05],
  inSampleEvenness: value + 0.03,
  orderedEvenness: layout === "contiguous" ? null : value - 0.06
})

export const advice = (shape?: Shape): AdviceDocument => {
  const { moira, input, seed } = analysis(shape)
  return Schema.decodeUnknownSync(AdviceDocument)({
    schema: "moira-advice/2",
    moira,
    input,
    seed,
    advice: {
      machine: { ...place(shape).place.machine, name: "dgx-h100, 8 units" },
      units: 8,
      optimizer: "moira",
      verdict: "yes",
      sentence: "Yes from batch 4,096 on: 2 spare slots a unit, 1.50 x (1.46 to 1.55) at 4,096.",
      batches: [
        {
          batchTokens: 256,
          verdict: "costs time",
          advisedSlots: null,
          because: "a layer step takes 1.2 ms instead of 1.0 ms: reading experts (60 %) bind",
          options: [option("contiguous", 0, 1), option("rearranged", 0, 0.99), option("replicated", 1, 0.8)]
        },
        {
          batchTokens: 4096,
          verdict: "yes",
          advisedSlots: 2,
          because: "waiting for the busiest unit falls from 600 us to 100 us",
          options: [
            option("contiguous", 0, 1),
            option("rearranged", 0, 1.1),
            option("replicated", 1, 1.4),
            option("replicated", 2, 1.5)
          ]
        }
      ],
      fittedOn: "prefill tokens of 120 requests",
      judgedOn: "decode tokens of 120 other requests",
      samples: "requests",
      groups: 120,
      steps: 32,
      memory: { expertsBytes: 2e10, kvReserveBytes: 2.4e10, copiesBytes: 1e10, slotsAsked: 2, slotsConsidered: 2 },
      commands: [
        "moira place t.moira --machine dgx-h100 --units 4 --slots 2 --optimizer moira --batch 4096 --out place"
      ],
      engines: [{ exporter: "sglang", flags: "--init-expert-location place/moira/sglang.json" }],
      balance: {
        units: 4,
        samples: "requests",
        method: "a layout is chosen on one half of the requests and judged on the other",
        options: [
          evenness("contiguous", 0, 1),
          evenness("rearranged", 0, 1.1),
          evenness("replicated", 1, 1.4),
          evenness("replicated", 2, 1.5)
        ],
        bound: 1.8,
        persistence: { stillHotShare: 0.75, retained: 0.9, retainedInOrder: null },
        layers: input.layers.map((layer, i) => ({
          layer,
          degenerate: i === 1,
          contiguous: 1.8 + 0.1 * (i % 3),
          balanced: 1.1 + 0.05 * (i % 2),
          hot: 3,
          stillHot: 2
        })),
        degenerateLayers: input.layers.slice(1, 2),
        notMeasured: []
      },
      warnings: [],
      notMeasured: [{ what: "gain by task", why: "the trace names no tasks" }]
    }
  })
}
