import { assert, it } from "@effect/vitest"
import {
  accumulatorConformance,
  analyse,
  chunkOf,
  contextOf,
  memoryReader,
  modelOf,
  randomRequests,
  requestOf,
  scattered,
  type Token
} from "@moira/trace/testing"
import { random } from "@moira/core"
import { Effect } from "effect"
import { pairs, spatial } from "../src/index.ts"
import { popularity, profiles } from "../src/spatial.ts"

accumulatorConformance("spatial", spatial.accumulator)

it.effect("each relation alone is what the combined analysis says of it", () =>
  Effect.gen(function* () {
    const shape = { layers: 4, experts: 9, topK: 2 }
    const [model, requests] = [modelOf(shape), randomRequests(shape, 9, 2)]
    const whole = yield* analyse(spatial.accumulator, model, requests)
    const alone = {
      ...(yield* analyse(popularity, model, requests)),
      ...(yield* analyse(profiles, model, requests)),
      ...(yield* analyse(pairs, model, requests)),
      notMeasured: whole.notMeasured
    }
    assert.deepStrictEqual(alone, whole)
  })
)

it.effect("driven layer by layer, a state holds one layer's chunks and the details of three layers", () =>
  Effect.gen(function* () {
    const shape = { layers: 9, experts: 6, topK: 2 }
    const reader = memoryReader(modelOf(shape), randomRequests(shape, 6, 4))
    const accumulator = spatial.accumulator(contextOf(reader))
    const state = accumulator.empty()
    for (const layerIndex of reader.manifest.layers.keys()) {
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 0, 3))
      assert.deepStrictEqual([...state.pending.keys()], [layerIndex])
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 3, 6))
      assert.strictEqual(state.pending.size, 0)
      const layers = [...state.done.values()]
      assert.isAtMost(layers.filter((layer) => layer?.pairs?.matrix !== undefined).length, 3)
      assert.isAtMost(layers.filter((layer) => layer?.profiles[0]?.counts !== undefined).length, 3)
      // Pair counts for common blocks are summed as layers come.
      assert.strictEqual(layers.filter((layer) => layer?.pairs?.heldOut.pool !== undefined).length, 1)
    }
  })
)

/** Two tasks with experts of their own, in two blocks of six. */
const structured = (requests: number) => {
  const { below, uniform } = random(12)
  const token = (task: number): Token =>
    Array.from({ length: 5 }, () => {
      const block = uniform() < 0.7 ? task : 1 - task
      const first = below(6)
      return [6 * block + first, 6 * block + ((first + 1 + below(5)) % 6)]
    })
  return Array.from({ length: requests }, (_, r) =>
    requestOf(
      Array.from({ length: 10 }, () => token(r % 2)),
      Array.from({ length: 30 + below(20) }, () => token(r % 2)),
      { subject: `s${r % 2}` }
    )
  )
}

it.effect("blocks, shared experts and shuffles too are the same bytes however the trace was cut and merged", () =>
  Effect.gen(function* () {
    const model = modelOf({ layers: 5, experts: 12, topK: 2 })
    const requests = structured(14)
    const whole = yield* analyse(spatial.accumulator, model, requests)
    assert.isTrue(whole.pairs!.blocks.common!.found && whole.sharing.means.length > 0)
    const bytes = JSON.stringify(whole)
    for (let seed = 0; seed < 8; seed++) {
      assert.strictEqual(JSON.stringify(yield* scattered(spatial.accumulator, model, requests, seed)), bytes)
    }
    assert.strictEqual(JSON.stringify(yield* analyse(spatial.accumulator, model, requests, 3)), bytes)
  })
)

it.effect("a state survives the way between threads, and may be finished twice", () =>
  Effect.gen(function* () {
    const model = modelOf({ layers: 5, experts: 12, topK: 2 })
    const requests = structured(10)
    const reader = memoryReader(model, requests)
    const accumulator = spatial.accumulator(contextOf(reader))
    const states = [accumulator.empty(), accumulator.empty()]
    for (const layerIndex of reader.manifest.layers.keys()) {
      const state = states[layerIndex % 2]!
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 0, 10))
    }
    const [a, b] = states.map((state) => structuredClone(state))
    accumulator.merge(b!, a!)
    const first = JSON.stringify(accumulator.finish(b!))
    assert.strictEqual(JSON.stringify(accumulator.finish(b!)), first)
    assert.strictEqual(first, JSON.stringify(yield* analyse(spatial.accumulator, model, requests)))
  })
)
