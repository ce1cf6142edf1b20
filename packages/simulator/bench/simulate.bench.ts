/** Layer steps a second: the parts of a step, and the strategies against each other. */
import { compare } from "@moira/bench"
import bottleneck from "@moira/hardware/networks/bottleneck"
import { fabricOf, sharedEngine, holdersOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import atHome from "@moira/allocation/allocators/at-home"
import even from "@moira/allocation/allocators/even"
import contiguous from "@moira/placement/optimizers/contiguous"
import { type DecodeWindow } from "../src/window/window.ts"
import { makeBatch } from "../src/window/batch.ts"
import { simulateBatch } from "../src/step/simulate-batch.ts"
import { findModel, moeLayers, random } from "@moira/core"
import { Effect } from "effect"

const model = findModel("deepseek-v3")!
const layers = moeLayers(model).slice(0, 12)
const [requests, steps] = [256, 4]
const { below } = random(1)
const window: DecodeWindow = {
  model,
  layers,
  requests,
  steps,
  ids: Uint8Array.from({ length: layers.length * steps * requests * 8 }, () =>
    Math.floor((below(256) * below(256)) / 256)
  ),
  decodeTokens: new Uint32Array(requests).fill(steps)
}
const spec = { dies: 25, linkBytesPerSec: 1.7e12, flopsPerSec: 8e14, memoryBytesPerSec: 3e12 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))
const placement = Effect.runSync(contiguous.place({ model, layers, fabric, expertBytes: 1, spareSlots: 0 }))
const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
const residency = { holders: (layerIndex: number) => homes[layerIndex]!, after: () => {} }
const shared = { amount: layers.length * steps, unit: "layer steps" }

const run = (allocator: typeof even, tokenTraffic: "modelled" | "ignored") => () =>
  simulateBatch(
    makeBatch(window, 16_384),
    { fabric, engine: sharedEngine, network: bottleneck, residency, allocator },
    { steps, tokenTraffic, bytesPerWeight: 1 }
  )

await compare("simulate, DeepSeek-like, batch 16,384, 25 dies, bottleneck", [
  { name: "even, token traffic ignored", run: run(even, "ignored"), ...shared },
  { name: "even", run: run(even, "modelled"), ...shared },
  { name: "at-home", run: run(atHome, "modelled"), ...shared },
  { name: "algorithm-1", run: run(algorithm1, "modelled"), ...shared }
])
