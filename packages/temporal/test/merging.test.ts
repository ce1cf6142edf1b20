import { assert, it } from "@effect/vitest"
import {
  accumulatorConformance,
  analyse,
  chunkOf,
  contextOf,
  memoryReader,
  modelOf,
  randomRequests
} from "@moira/trace/testing"
import { Effect } from "effect"
import { crossLayer, crossToken, positionDrift, prefillDecode, requestDrift, reuse } from "../src/temporal.ts"
import { temporal } from "../src/index.ts"

// Few draws: how many there are changes nothing in how states merge.
accumulatorConformance("temporal", (context) =>
  temporal.accumulator(context, { draws: 5, shuffles: 2, windows: 3, blocks: 3, batches: [2] })
)

it.effect("each relation alone is what the combined analysis says of it", () =>
  Effect.gen(function* () {
    const shape = { layers: 4, experts: 9, topK: 2 }
    const [model, requests] = [modelOf(shape), randomRequests(shape, 9, 2)]
    const whole = yield* analyse(temporal.accumulator, model, requests)
    const alone = {
      ...(yield* analyse(crossLayer, model, requests)),
      ...(yield* analyse(crossToken, model, requests)),
      ...(yield* analyse(prefillDecode, model, requests)),
      ...(yield* analyse(positionDrift, model, requests)),
      ...(yield* analyse(requestDrift, model, requests)),
      ...(yield* analyse(reuse, model, requests)),
      notMeasured: whole.notMeasured
    }
    assert.deepStrictEqual(alone, whole)
  })
)

it.effect("driven layer by layer, a state holds one layer's chunks and three heatmaps a relation", () =>
  Effect.gen(function* () {
    const shape = { layers: 9, experts: 6, topK: 1 }
    const reader = memoryReader(modelOf(shape), randomRequests(shape, 6, 4))
    const accumulator = temporal.accumulator(contextOf(reader))
    const state = accumulator.empty()
    for (const layerIndex of reader.manifest.layers.keys()) {
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 0, 3))
      assert.deepStrictEqual([...state.pending.keys()], [layerIndex])
      accumulator.add(state, yield* chunkOf(reader, layerIndex, 3, 6))
      assert.strictEqual(state.pending.size, 0)
      for (const relation of ["crossLayer", "crossToken"] as const) {
        const held = [...state.done.values()].filter((layer) => layer[relation]?.matrix !== undefined)
        assert.isAtMost(held.length, 3)
      }
    }
  })
)

it.effect("merging drops the heatmaps that are not shown, and refuses the same layer twice", () =>
  Effect.gen(function* () {
    const shape = { layers: 9, experts: 6, topK: 1 }
    const reader = memoryReader(modelOf(shape), randomRequests(shape, 6, 4))
    const accumulator = temporal.accumulator(contextOf(reader))
    const [low, high] = [accumulator.empty(), accumulator.empty()]
    for (const layerIndex of reader.manifest.layers.keys()) {
      accumulator.add(layerIndex < 5 ? low : high, yield* chunkOf(reader, layerIndex, 0, 6))
    }
    accumulator.merge(low, high)
    assert.strictEqual([...low.done.values()].filter((layer) => layer.crossToken?.matrix !== undefined).length, 3)
    assert.throws(() => accumulator.merge(low, high), /layer 11 came twice/)
  })
)

it.effect("the same requests twice are refused", () =>
  Effect.gen(function* () {
    const shape = { layers: 2, experts: 6, topK: 1 }
    const reader = memoryReader(modelOf(shape), randomRequests(shape, 4, 4))
    const accumulator = temporal.accumulator(contextOf(reader))
    const state = accumulator.empty()
    accumulator.add(state, yield* chunkOf(reader, 0, 0, 3))
    const overlapping = yield* chunkOf(reader, 0, 2, 4)
    assert.throws(() => accumulator.add(state, overlapping), /layer 1: request 2 came twice/)
    const complete = accumulator.empty()
    accumulator.add(complete, yield* chunkOf(reader, 0, 0, 4))
    const again = yield* chunkOf(reader, 0, 0, 1)
    assert.throws(() => accumulator.add(complete, again), /layer 1 came twice/)
  })
)

it.effect("finishing early answers from the requests that were added, and changes nothing", () =>
  Effect.gen(function* () {
    const shape = { layers: 2, experts: 6, topK: 1 }
    const requests = randomRequests(shape, 6, 4)
    const reader = memoryReader(modelOf(shape), requests)
    const accumulator = temporal.accumulator(contextOf(reader))
    const state = accumulator.empty()
    for (const layerIndex of [0, 1]) accumulator.add(state, yield* chunkOf(reader, layerIndex, 0, 4))
    const early = accumulator.finish(state)
    assert.strictEqual(early.crossToken!.layers.length, 2)
    assert.deepStrictEqual(accumulator.finish(state), early)
    for (const layerIndex of [0, 1]) accumulator.add(state, yield* chunkOf(reader, layerIndex, 4, 6))
    assert.deepStrictEqual(accumulator.finish(state), yield* analyse(temporal.accumulator, modelOf(shape), requests))
  })
)
