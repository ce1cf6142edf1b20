/** Experts without a gate move and compute two thirds; experts of a latent width less still, and their tokens too. */
import { assert, it } from "@effect/vitest"
import bottleneck from "@moira/hardware/networks/bottleneck"
import { fabricOf, holdersOf, sharedEngine } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import even from "@moira/allocation/allocators/even"
import contiguous from "@moira/placement/optimizers/contiguous"
import { expertParameters, type Model, moeLayers } from "@moira/core"
import { Effect } from "effect"
import { makeBatch } from "../src/window/batch.ts"
import { simulateBatch } from "../src/step/simulate-batch.ts"
import { loadWindow } from "../src/window/window.ts"
import { model, traceLayer } from "./scene.ts"

const spec = { dies: 4, linkBytesPerSec: 1e9, flopsPerSec: 1e12, memoryBytesPerSec: 4e9 }

/** Totals of the same trace with experts of another shape; a work of the shared engine has no constant part. */
const totalsOf = Effect.fnUntraced(function* (fields: Partial<Model>) {
  const fabric = fabricOf(yield* ring.build(spec))
  const window = yield* loadWindow({ requests: 60, steps: 6 }).pipe(Effect.provide(traceLayer(60, 60)))
  const layers = moeLayers(model)
  const placement = yield* contiguous.place({ model, layers, fabric, expertBytes: 1000, spareSlots: 0 })
  const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
  const residency = { holders: (layerIndex: number) => homes[layerIndex]!, after: () => {} }
  const parts = { fabric, engine: sharedEngine, network: bottleneck, residency, allocator: even }
  const options = { steps: 6, tokenTraffic: "modelled", bytesPerWeight: 1 } as const
  return simulateBatch(makeBatch({ ...window, model: { ...window.model, ...fields } }, 60), parts, options)
})

it.effect("experts of two matrices move and compute exactly two thirds", () =>
  Effect.gen(function* () {
    const gated = yield* totalsOf({})
    const plain = yield* totalsOf({ matrices: 2 })
    assert.isAbove(gated.flop, 0)
    assert.strictEqual(3 * plain.flop, 2 * gated.flop)
    assert.strictEqual(3 * plain.remoteReadBytes, 2 * gated.remoteReadBytes)
    assert.strictEqual(3 * plain.localReadBytes, 2 * gated.localReadBytes)
    assert.strictEqual(plain.tokenBytes, gated.tokenBytes)
  })
)

it.effect("latent experts take their width in weights, FLOP and token traffic", () =>
  Effect.gen(function* () {
    const wide = yield* totalsOf({})
    const latent = yield* totalsOf({ routedHidden: model.hidden / 4 })
    assert.strictEqual(4 * expertParameters({ ...model, routedHidden: model.hidden / 4 }), expertParameters(model))
    assert.strictEqual(4 * latent.flop, wide.flop)
    assert.strictEqual(4 * latent.remoteReadBytes, wide.remoteReadBytes)
    assert.strictEqual(4 * latent.tokenBytes, wide.tokenBytes)
  })
)
