import { assert, it } from "@effect/vitest"
import { accumulate, type Accumulator, type LayerChunk, traceContext } from "../src/accumulator.ts"
import { type LayerSelections, missingExpert } from "../src/selections.ts"
import { memoryReader, memoryStore } from "../src/memory-store.ts"
import { Progress, type ProgressEvent } from "@moira/core"
import { TraceStore } from "../src/store.ts"
import { Effect } from "effect"
import { makeModel } from "@moira/core/testing"
import { assertSameSelections, drawLengths, makeRequests } from "./traces.ts"

const model = makeModel({ experts: 12, topK: 2, layers: 8, moe: { first: 1, last: 7, every: 2 } })
const requests = makeRequests(model, { seed: 1, holes: 0.05, lengths: drawLengths(1, 23, 6) })
const layers = [1, 3, 5, 7]
const store = memoryStore(model, requests)

/** Selections of each expert at each layer, and of each pair of an expert and one of the next layer's. */
interface Counts {
  readonly experts: Uint32Array
  readonly pairs: Uint32Array
}
const counting: Accumulator<Counts, { readonly experts: Array<number>; readonly pairs: Array<number> }> = {
  id: "counting",
  empty: () => ({ experts: new Uint32Array(4 * 12), pairs: new Uint32Array(4 * 144) }),
  add: ({ experts, pairs }, { layerIndex, current, next }) => {
    for (const [i, id] of current.ids.entries()) {
      if (id === missingExpert) continue
      experts[layerIndex * 12 + id]!++
      if (next !== undefined && next.ids[i] !== missingExpert) pairs[layerIndex * 144 + id * 12 + next.ids[i]!]!++
    }
  },
  merge: (into, from) => {
    for (const [i, n] of from.experts.entries()) into.experts[i]! += n
    for (const [i, n] of from.pairs.entries()) into.pairs[i]! += n
  },
  finish: ({ experts, pairs }) => ({ experts: [...experts], pairs: [...pairs] })
}

/** The same counts from the requests themselves. */
const plainCounts = () => {
  const experts = Array.from({ length: 4 * 12 }, () => 0)
  const pairs = Array.from({ length: 4 * 144 }, () => 0)
  for (const { ids } of requests) {
    const ofLayer = ids.length / 4
    for (const [i, id] of ids.entries()) {
      if (id === missingExpert) continue
      const layerIndex = Math.floor(i / ofLayer)
      experts[layerIndex * 12 + id]!++
      const next = ids[i + ofLayer]
      if (next !== undefined && next !== missingExpert) pairs[layerIndex * 144 + id * 12 + next]!++
    }
  }
  return { experts, pairs }
}

it.effect("any chunking gives the plain counts", () =>
  Effect.gen(function* () {
    const expected = plainCounts()
    for (const chunkRequests of [undefined, 1, 2, 5, 22, 23, 24, 1000]) {
      const options = chunkRequests === undefined ? {} : { chunkRequests }
      const results = yield* accumulate({ counting }, options)
      assert.deepStrictEqual(results.counting, expected)
    }
  }).pipe(Effect.provide(store))
)

const chunksSeen: Accumulator<Array<LayerChunk>, ReadonlyArray<LayerChunk>> = {
  id: "chunks-seen",
  empty: () => [],
  add: (state, chunk) => void state.push(chunk),
  merge: (into, from) => void into.push(...from),
  finish: (state) => state
}

it.effect.each([1, 4, 22, 23, 100])("layer by layer, %i requests at a time, each with its next layer", (step) =>
  Effect.gen(function* () {
    const { chunks } = yield* accumulate({ chunks: chunksSeen }, { chunkRequests: step })
    const reader = yield* TraceStore
    const same = (actual: LayerSelections, layer: number, from: number) =>
      Effect.map(reader.read({ layer, from, to: Math.min(from + step, 23) }), (expected) =>
        assertSameSelections(actual, expected)
      )
    let i = 0
    for (const [layerIndex, layer] of layers.entries()) {
      for (let from = 0; from < 23; from += step) {
        const chunk = chunks[i++]!
        assert.strictEqual(chunk.layerIndex, layerIndex)
        yield* same(chunk.current, layer, from)
        if (layerIndex === 3) assert.isUndefined(chunk.next)
        else yield* same(chunk.next!, layers[layerIndex + 1]!, from)
      }
    }
    assert.strictEqual(chunks.length, i)
  }).pipe(Effect.provide(store))
)

it.effect("merging states of parts of the chunks, in any order, gives the result of the whole", () =>
  Effect.gen(function* () {
    const { chunks } = yield* accumulate({ chunks: chunksSeen }, { chunkRequests: 4 })
    for (const parts of [2, 3, 7]) {
      const states = Array.from({ length: parts }, counting.empty)
      for (const [i, chunk] of chunks.entries()) counting.add(states[i % parts]!, chunk)
      const merged = states.toReversed().reduce((into, from) => {
        counting.merge(into, from)
        return into
      }, counting.empty())
      assert.deepStrictEqual(counting.finish(merged), plainCounts())
    }
  }).pipe(Effect.provide(store))
)

it.effect("several accumulators share one pass, which reads each layer once while the trace fits in a chunk", () =>
  Effect.gen(function* () {
    const reader = memoryReader(model, requests)
    const read: Array<number> = []
    const watched = TraceStore.of({
      ...reader,
      read: (query) => Effect.suspend(() => (read.push(query.layer), reader.read(query)))
    })
    const results = yield* Effect.provideService(
      accumulate({ first: counting, second: chunksSeen, third: counting }),
      TraceStore,
      watched
    )
    assert.deepStrictEqual(read, layers)
    assert.deepStrictEqual(results.first, plainCounts())
    assert.deepStrictEqual(results.third, results.first)
    assert.strictEqual(results.second.length, 4)
  })
)

it.effect("a chunk of no requests is taken as one of one", () =>
  Effect.gen(function* () {
    const results = yield* accumulate({ counting }, { chunkRequests: 0 })
    assert.deepStrictEqual(results.counting, plainCounts())
  }).pipe(Effect.provide(store))
)

it.effect("reports each layer that is done", () =>
  Effect.gen(function* () {
    const events: Array<ProgressEvent> = []
    yield* Effect.provideService(accumulate({}), Progress, (event) => void events.push(event))
    assert.deepStrictEqual(
      events.map(({ done, total }) => [done, total]),
      layers.map((_, i) => [i + 1, 4])
    )
  }).pipe(Effect.provide(store))
)

it.effect("a store that fails fails the pass with its own error", () =>
  Effect.gen(function* () {
    const reader = memoryReader(model, requests)
    const broken = TraceStore.of({ ...reader, read: () => reader.read({ layer: 99 }) })
    const error = yield* Effect.flip(Effect.provideService(accumulate({ counting }), TraceStore, broken))
    assert.strictEqual(error.reason, "NoSuchLayer")
  })
)

it.effect("the context is the model, its MoE layers and the requests", () =>
  Effect.gen(function* () {
    const context = yield* traceContext
    assert.deepStrictEqual(context.model, model)
    assert.deepStrictEqual(context.layers, layers)
    assert.strictEqual(context.requests.length, 23)
    assert.strictEqual(context.requests[5]!.source, "made/5.json")
  }).pipe(Effect.provide(store))
)
