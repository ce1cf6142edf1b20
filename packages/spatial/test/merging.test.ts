import { assert, it } from "@effect/vitest"
import { memoryReader } from "@moira/trace"
import { Effect } from "effect"
import { pairs, popularity, profiles, spatial } from "../src/index.ts"
import { accumulatorConformance, analyse, chunkOf, contextOf, modelOf, randomRequests } from "@moira/trace/testing"

accumulatorConformance("spatial", spatial)

it.effect("each relation alone is what the combined analysis says of it", () =>
  Effect.gen(function* () {
    const shape = { layers: 4, experts: 9, topK: 2 }
    const [model, requests] = [modelOf(shape), randomRequests(shape, 9, 2)]
    const whole = yield* analyse(spatial, model, requests)
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
    const accumulator = spatial(contextOf(reader))
    const state = accumulator.empty()
    for (const layerIndex of reader.manifest.layers.keys()) {
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 0, 3))
      assert.deepStrictEqual([...state.pending.keys()], [layerIndex])
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 3, 6))
      assert.strictEqual(state.pending.size, 0)
      const layers = [...state.done.values()]
      assert.isAtMost(layers.filter((layer) => layer?.pairs?.matrix !== undefined).length, 3)
      assert.isAtMost(layers.filter((layer) => layer?.profiles[0]?.counts !== undefined).length, 3)
    }
  })
)
