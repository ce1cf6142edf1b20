/** A point as users run it, 32 steps of 58 layers at batch 16,384 on 25 dies, whole and as samples. */
import { compare } from "@moira/bench"
import { Allocator } from "@moira/allocation"
import atHome from "@moira/allocation/allocators/at-home"
import { Hardware, Network } from "@moira/hardware"
import bottleneck from "@moira/hardware/networks/bottleneck"
import { ring } from "@moira/hardware/testing"
import { PlacementOptimizer } from "@moira/placement"
import contiguous from "@moira/placement/optimizers/contiguous"
import { Effect, Layer } from "effect"
import { simulate, type SimulateOptions } from "../src/run/simulate.ts"
import { madeUpWindow } from "./made-up.ts"

const window = madeUpWindow({ layers: 58, steps: 32, requests: 16_384 })
const spec = { dies: 25, linkBytesPerSec: 1.7e12, flopsPerSec: 8e14, memoryBytesPerSec: 3e12 }
/** A ring whose dies hold all that they are given. */
const machine = {
  ...ring,
  build: (asked: typeof spec) =>
    Effect.map(ring.build(asked), (built) => ({
      ...built,
      nodes: built.nodes.map((node) => ({ ...node, memory: { ...node.memory!, capacityBytes: 1e12 } }))
    }))
}
const stages = Layer.mergeAll(
  Hardware.layer(machine, { name: "ring of 25", spec }),
  Network.layer(bottleneck),
  PlacementOptimizer.layer(contiguous),
  Allocator.layer(atHome)
)
const run = (sample?: NonNullable<SimulateOptions["sample"]>) => () =>
  Effect.runPromise(
    simulate(window, { batch: 16_384, steps: 32, ...(sample === undefined ? {} : { sample }) }).pipe(
      Effect.provide(stages)
    )
  )
const shared = { amount: 1, unit: "points" }
await compare(
  "simulate, a point of 32 steps x 58 layers, DeepSeek-V3-like, batch 16,384, at-home, one thread",
  [
    { name: "whole", run: run(), ...shared },
    { name: "a sample of 16x16", run: run({ layers: 16, steps: 16 }), ...shared },
    { name: "a sample of 8x8", run: run({ layers: 8, steps: 8 }), ...shared }
  ],
  { rounds: 7 }
)
const [whole, sampled] = [await run()(), await run({ layers: 8, steps: 8 })()]
const metric = "throughput_tokens_per_s"
console.log(
  `  8x8: ${(100 * (sampled.metrics[metric]! / whole.metrics[metric]! - 1)).toFixed(2)} % off; interval ` +
    sampled.sample!.throughputInterval.map((value) => (value / whole.metrics[metric]!).toFixed(4)).join(" to ")
)
