/** Last-level caches against a cache of single bytes, and what a run does with them. */
import { assert, it } from "@effect/vitest"
import bottleneck from "@moira/hardware/networks/bottleneck"
import flow from "@moira/hardware/networks/flow"
import ideal from "@moira/hardware/networks/ideal"
import {
  clearWork,
  type Fabric,
  fabricOf,
  makeWork,
  type NetworkModel,
  pushTask,
  sharedEngine,
  holdersOf
} from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import atHome from "@moira/allocation/allocators/at-home"
import even from "@moira/allocation/allocators/even"
import contiguous from "@moira/placement/optimizers/contiguous"
import { loadWindow } from "../src/window/window.ts"
import { makeBatch } from "../src/window/batch.ts"
import { simulateBatch } from "../src/step/simulate-batch.ts"
import { expertParameters, moeLayers, random } from "@moira/core"
import { Effect } from "effect"
import { makeLlc } from "../src/step/llc.ts"
import { model, traceLayer } from "./scene.ts"

const units = 4
const spec = { dies: units, linkBytesPerSec: 1e9, flopsPerSec: 1e12, memoryBytesPerSec: 4e9 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))
const withLlc = (bytes: number | ReadonlyArray<number>, hitPs = 0, missPs = 0): Fabric => ({
  ...fabric,
  llcBytes: typeof bytes === "number" ? new Float64Array(units).fill(bytes) : Float64Array.from(bytes),
  llcHitPs: new Float64Array(units).fill(hitPs),
  llcMissPs: new Float64Array(units).fill(missPs)
})

/** A least-recently-used cache of single bytes: a Map keeps the order in which keys were set. */
const byteCache = (bytes: number) => {
  const held = new Map<string, true>()
  return (expert: string, weightBytes: number): number => {
    let found = 0
    for (let b = 0; b < weightBytes; b++) {
      const key = `${expert} ${b}`
      if (held.delete(key)) found++
      else if (held.size >= bytes) held.delete(held.keys().next().value!)
      held.set(key, true)
    }
    return found
  }
}

it("finds exactly the bytes that a cache of single bytes finds, which are all of an expert or none", () => {
  let [hits, misses] = [0, 0]
  for (let seed = 0; seed < 60; seed++) {
    const { below } = random(seed)
    const [layers, experts, weightBytes] = [1 + below(3), 2 + below(5), 1 + below(7)]
    // Caches of different sizes, not multiples of an expert; one unit may have none.
    const bytes = Array.from({ length: units }, (_, u) => (u === 3 && seed % 2 === 0 ? 0 : 1 + below(60)))
    const llc = makeLlc(withLlc(bytes), { layers, experts, weightBytes })
    const plain = bytes.map((size) => (size === 0 ? () => 0 : byteCache(size)))
    const work = makeWork({
      units,
      experts,
      weightBytes,
      flopPerToken: 1,
      dispatchBytesPerToken: 0,
      combineBytesPerToken: 0
    })
    for (let step = 0; step < 20; step++) {
      for (let layer = 0; layer < layers; layer++) {
        clearWork(work)
        for (let e = 0; e < experts; e++)
          for (let u = 0; u < units; u++) if (below(3) === 0) pushTask(work, e, u, below(units), 1)
        const sources = [...work.source]
        llc?.look(layer, work)
        for (let i = 0; i < work.count; i++) {
          const u = work.unit[i]!
          const found = plain[u]!(`${layer} ${work.expert[i]}`, weightBytes)
          assert.strictEqual(work.cached[i]! * weightBytes, found, `seed ${seed}, step ${step}`)
          assert.strictEqual(work.source[i], found > 0 ? u : sources[i])
          if (found > 0) hits++
          else misses++
        }
      }
    }
  }
  assert.isAbove(hits, 1000, "the draw no longer finds anything")
  assert.isAbove(misses, 1000, "the draw no longer misses anything")
})

it("makes nothing where an expert is larger than every cache", () => {
  assert.isUndefined(makeLlc(withLlc(99), { layers: 2, experts: 4, weightBytes: 100 }))
  assert.isDefined(makeLlc(withLlc([0, 100, 0, 0]), { layers: 2, experts: 4, weightBytes: 100 }))
})

const layers = moeLayers(model)
const placement = Effect.runSync(contiguous.place({ model, layers, fabric, expertBytes: 1000, spareSlots: 0 }))
const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
const residency = { holders: (layerIndex: number) => homes[layerIndex]!, after: () => {} }
const weight = expertParameters(model)
const window = Effect.runSync(loadWindow({ requests: 40, steps: 6 }).pipe(Effect.provide(traceLayer(40, 1))))
const run = (on: Fabric, network: NetworkModel = bottleneck, allocator = atHome) =>
  simulateBatch(
    makeBatch(window, 40),
    { fabric: on, engine: sharedEngine, network, residency, allocator },
    { steps: 6, tokenTraffic: "ignored", bytesPerWeight: 1 }
  )

it("a cache with room for all that a unit holds reads every expert once", () => {
  const held = layers.length * (model.experts / units)
  const totals = run(withLlc(held * weight))
  const without = run(fabric)
  assert.isAtMost(totals.localReadBytes, layers.length * model.experts * weight)
  assert.strictEqual(totals.localReadBytes + totals.cachedBytes, without.localReadBytes)
  assert.isBelow(totals.timePs, without.timePs)
  assert.isBelow(totals.lowerBoundPs, without.lowerBoundPs)
})

it("a cache too small for the cycle of layers finds nothing, and changes nothing but the penalty of looking", () => {
  // Every unit reads its 3 experts of 3 layers in turn, so one that is asked for again has 8 others behind it at most.
  const cyclic = run(withLlc(2 * weight))
  const without = run(fabric)
  assert.strictEqual(cyclic.cachedBytes, 0)
  assert.deepStrictEqual(cyclic, without)
  assert.isAbove(run(withLlc(2 * weight, 0, 110_000), ideal).timePs, run(fabric, ideal).timePs)
})

it("the bound stays below, and no larger than without caches, for every network, size and allocator", () => {
  for (const network of [bottleneck, ideal, flow]) {
    for (const allocator of [atHome, even]) {
      const without = run(fabric, network, allocator)
      for (const experts of [1, 3, 5, 9, 40]) {
        const totals = run(withLlc(experts * weight, 100_000, 110_000), network, allocator)
        assert.isAtMost(totals.lowerBoundPs, without.lowerBoundPs)
        assert.isAtLeast(totals.timePs, totals.lowerBoundPs)
        const read = totals.localReadBytes + totals.remoteReadBytes
        assert.strictEqual(read + totals.cachedBytes, without.localReadBytes + without.remoteReadBytes)
      }
    }
  }
})
