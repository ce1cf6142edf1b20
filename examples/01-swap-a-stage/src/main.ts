/**
 * Key concept: a pipeline is an Effect that asks for services; swapping a stage is swapping one Layer.
 *
 * [1] the trace: a small synthetic twin held in memory. `storeLayer("my.moira")` would read a store instead.
 * [2] the pipeline asks for machine, network, optimizer and allocator, and knows none of them.
 * [3] each variant differs from the first in one line.
 */
import bottleneck from "@moira/hardware/networks/bottleneck"
import ideal from "@moira/hardware/networks/ideal"
import { Hardware, Network } from "@moira/hardware"
import { makeTwin } from "@moira/twin"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import even from "@moira/allocation/allocators/even"
import { Allocator } from "@moira/allocation"
import contiguous from "@moira/placement/optimizers/contiguous"
import { PlacementOptimizer } from "@moira/placement"
import { loadWindow, simulate } from "@moira/simulator"
import { findModel } from "@moira/core"
import { memoryStore } from "@moira/trace"
import wafer from "@moira/wafer"
import { Effect, Layer } from "effect"
import { ringOfDies } from "./ring-of-dies.ts"

const model = findModel("llama4-maverick")!
const twin = makeTwin({ model, prefillTokens: 4, decodeTokens: 4, seed: 1, languages: ["en"] })
const trace = memoryStore(
  model,
  Array.from({ length: 64 }, (_, i) => twin.request(i))
) // [1]

const pipeline = Effect.gen(function* () {
  const window = yield* loadWindow({ requests: 64, steps: 4 })
  return yield* simulate(window, { batch: 4096, steps: 4 }) // [2]
})

const study = Layer.mergeAll(
  trace,
  Hardware.layer(wafer, "dojo"),
  Network.layer(bottleneck),
  PlacementOptimizer.layer(contiguous),
  Allocator.layer(even)
)

/** The same pipeline five times: as it is, then with another network, allocator and machine, and another backend. */
export const variants = Effect.all({
  "the study's Base on Dojo": pipeline.pipe(Effect.provide(study)),
  "another network": pipeline.pipe(Effect.provide(Network.layer(ideal)), Effect.provide(study)), // [3]
  "another allocator": pipeline.pipe(Effect.provide(Allocator.layer(algorithm1)), Effect.provide(study)),
  "another machine": pipeline.pipe(Effect.provide(Hardware.layer(wafer, "tsmc-sow")), Effect.provide(study)),
  "another backend": pipeline.pipe(Effect.provide(Hardware.layer(ringOfDies)), Effect.provide(study))
})

if (import.meta.main) {
  for (const [name, run] of Object.entries(await Effect.runPromise(variants))) {
    const { machine, network, strategy, metrics } = run
    const rate = Math.round(metrics["throughput_tokens_per_s"]!).toLocaleString("en-US")
    console.log(`${name.padEnd(26)} ${machine.name}, ${network}, ${strategy.name}: ${rate} tokens/s`)
  }
}
