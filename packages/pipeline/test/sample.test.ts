/** Samples of twins: the whole run lies inside the stated interval nearly always, whatever the strategy. */
import { assert, it } from "@effect/vitest"
import { Allocator, Residency } from "@moira/allocation"
import { findModel } from "@moira/core"
import { Hardware, Network } from "@moira/hardware"
import { PlacementOptimizer } from "@moira/placement"
import { loadWindow, simulate } from "@moira/simulator"
import { memoryStore } from "@moira/trace"
import { synthesize } from "@moira/twin"
import { nodePluginsFrom } from "@moira/core/node"
import { Effect, Stream } from "effect"

const model = findModel("deepseek-v2-lite")!

const twin = (seed: number) =>
  Effect.gen(function* () {
    const made = yield* synthesize({ model, requests: 96, prefillTokens: 4, decodeTokens: 24, seed, languages: ["en"] })
    const requests = yield* Stream.runCollect(made.requests)
    return yield* loadWindow({ requests: 96, steps: 24 }).pipe(Effect.provide(memoryStore(model, requests)))
  })

const strategies = [
  ["at-home", "fixed", 1],
  ["even", "fixed", 2],
  ["balance", "retained", 3]
] as const

for (const [allocator, residency, seed] of strategies)
  it.live(
    `${allocator}, ${residency}: at least 9 of 10 samples have the whole run inside`,
    () =>
      Effect.gen(function* () {
        const window = yield* twin(seed)
        const run = (sample?: { readonly layers: number; readonly steps: number }, drawnBy = 1) =>
          simulate(window, { batch: 96, steps: 24, seed: drawnBy, ...(sample === undefined ? {} : { sample }) })
        const whole = yield* run()
        for (const sample of [
          { layers: 4, steps: 4 },
          { layers: 8, steps: 6 }
        ]) {
          const [samples, inside] = [40, { throughput: 0, layerTime: 0 }]
          for (let drawnBy = 1; drawnBy <= samples; drawnBy++) {
            const { throughputInterval, layerTimeInterval } = (yield* run(sample, drawnBy)).sample!
            const within = ([low, high]: readonly [number, number], id: string) =>
              low <= whole.metrics[id]! && whole.metrics[id]! <= high ? 1 : 0
            inside.throughput += within(throughputInterval, "throughput_tokens_per_s")
            inside.layerTime += within(layerTimeInterval, "layer_time_ps")
          }
          assert.isAtLeast(inside.throughput, 0.9 * samples)
          assert.isAtLeast(inside.layerTime, 0.9 * samples)
        }
      }).pipe(
        Effect.provide([
          Hardware.machine("dojo"),
          Network.named("bottleneck"),
          PlacementOptimizer.named("contiguous"),
          Allocator.named(allocator),
          Residency.named(residency)
        ]),
        Effect.provide(nodePluginsFrom({ app: import.meta.url }))
      ),
    120_000
  )
