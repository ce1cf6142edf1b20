/** A made-up simulation of caches of experts, of the same trace as the sample analysis. */
import { OffloadDocument, type OffloadRun } from "@moira/results"
import { Schema } from "effect"
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"

const policies = [
  { strategy: "lru", title: "LRU", knows: "past", lift: 0 },
  { strategy: "lfu", title: "LFU", knows: "past", lift: -0.04 },
  { strategy: "predicted", title: "Predicted", knows: "forecast", lift: 0.05 },
  { strategy: "belady", title: "Belady", knows: "future", lift: 0.12 }
] as const

const machine = {
  name: "offload-pcie5",
  backend: "offload",
  spec: { memoryBytes: 80e9 },
  units: [{ name: "gpu", at: null }],
  links: [
    { fromUnit: 0, toUnit: -1, bytesPerSec: 53e9 },
    { fromUnit: -1, toUnit: 0, bytesPerSec: 53e9 }
  ],
  unitExperts: 1360,
  tiers: [{ name: "dram", experts: 21_800, occupyPs: 830_000_000, latencyPs: 10_100_000 }]
}

const run = (
  layers: ReadonlyArray<number>,
  experts: number,
  policy: (typeof policies)[number],
  slots: number,
  prefetch: number
): OffloadRun => {
  const share = slots / experts
  const hit = Math.min(1, Math.max(0, share ** 0.35 + policy.lift * 4 * share * (1 - share) + 0.01 * prefetch))
  const rate = 1 / (0.01 + 0.6 * (1 - hit))
  return {
    machine: machine.name,
    batch: 1,
    strategy: policy.strategy,
    title: policy.title,
    knows: policy.knows,
    prefetch,
    slots,
    slotShare: share,
    metrics: {
      throughput_tokens_per_s: rate,
      time_ps: Math.round(9e15 / rate),
      hit_rate: hit,
      late_rate: 0.01 * prefetch,
      expert_copies: Math.round(1e6 * (1 - hit)),
      moved_bytes: 44e12 * (1 - hit),
      moved_bytes_per_token: 5e9 * (1 - hit),
      stall_share: 1 - rate / 100,
      link_utilisation: 0.9 * (1 - rate / 100),
      resident_share: rate / 100,
      ...(prefetch === 0 ? {} : { prefetched_experts: 5000, prefetch_accuracy: 0.4, prefetch_coverage: 0.1 })
    },
    hitRateInterval: [Math.max(0, hit - 0.01), Math.min(1, hit + 0.01)],
    throughputInterval: [rate * 0.97, rate * 1.03],
    layers: layers.map((layer) => ({ layer, hitRate: hit }))
  }
}

export const offload = (shape?: Shape): OffloadDocument => {
  const { input } = analysis(shape)
  const { layers, experts } = input
  const sizes = [0.1, 0.2, 0.4, 0.6, 0.8, 1].map((share) => Math.round(share * experts))
  return Schema.decodeUnknownSync(OffloadDocument)({
    schema: "moira-offload/1",
    moira: "0.0.0",
    input,
    seed: 1,
    offload: {
      scope: "layer",
      split: { train: 120, validation: 48, test: 72 },
      decodeTokens: 9000,
      cachePredictor: "mixture-token",
      prefetchPredictor: "mixture",
      prefetchFor: "layer",
      bytesPerWeight: 1,
      expertBytes: 44_040_192,
      expertsInAll: experts * layers.length,
      betweenPs: 0,
      machines: [machine],
      runs: policies.flatMap((policy) =>
        sizes.flatMap((slots) =>
          (policy.knows === "future" ? [0] : [0, 2]).map((prefetch) => run(layers, experts, policy, slots, prefetch))
        )
      ),
      warnings: ["batch 1: a made-up warning"],
      notMeasured: [{ what: "intervals", why: "a made-up reason" }]
    }
  })
}
