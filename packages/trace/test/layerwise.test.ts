import { assert, it } from "@effect/vitest"
import { countExperts, isDegenerate } from "../src/frequency.ts"
import { type Layerwise, layerwise } from "../src/layerwise.ts"
import { memoryReader } from "../src/memory-store.ts"
import { missingExpert } from "../src/selections.ts"
import { accumulatorConformance } from "../src/testing.ts"
import { analyse, chunkOf, contextOf, modelOf, randomRequests } from "../src/testing/made-up.ts"
import { Effect } from "effect"

/** All ids of a layer and of the next, in order: chunks out of order or twice would show, and where they were cut not. */
const everything: Layerwise<ReadonlyArray<number>, ReadonlyArray<ReadonlyArray<number>>> = {
  id: "everything",
  summarise: (layerIndex, chunks) => [
    layerIndex,
    ...chunks.flatMap(({ current }) => [...current.ids]),
    -1,
    ...chunks.flatMap(({ next }) => [...(next?.ids ?? [])])
  ],
  thin: () => {},
  conclude: (summaries) => summaries
}

/** Only the last two layers are shown, whatever comes when. */
const lastTwo: Layerwise<number, ReadonlyArray<number>> = {
  id: "last-two",
  summarise: (layerIndex) => layerIndex,
  thin: (summaries) => {
    for (const layerIndex of [...summaries.keys()].toSorted((a, b) => b - a).slice(2)) summaries.delete(layerIndex)
  },
  conclude: (summaries) => summaries
}

accumulatorConformance("layerwise that keeps all", (context) => layerwise(context, everything))
accumulatorConformance("layerwise that thins", (context) => layerwise(context, lastTwo))

const shape = { layers: 4, experts: 6, topK: 2 }
const model = modelOf(shape)
const requests = randomRequests(shape, 7, 3, 0.1)
const reader = memoryReader(model, requests)
const context = contextOf(reader)

it.effect("reduces each layer over all requests, and shows what thinning left, ascending", () =>
  Effect.gen(function* () {
    const all = yield* analyse((c) => layerwise(c, everything), model, requests, 2)
    for (const [layerIndex, summary] of all.entries()) {
      const chunk = yield* chunkOf(reader, layerIndex, 0, 7)
      assert.deepStrictEqual(summary, [layerIndex, ...chunk.current.ids, -1, ...(chunk.next?.ids ?? [])])
    }
    assert.strictEqual(all.length, 4)
    assert.deepStrictEqual(yield* analyse((c) => layerwise(c, lastTwo), model, requests), [2, 3])
  })
)

it.effect("lets the chunks of a layer go once the last request is there", () =>
  Effect.gen(function* () {
    const accumulator = layerwise(context, everything)
    const state = accumulator.empty()
    accumulator.add(state, yield* chunkOf(reader, 1, 3, 7))
    assert.deepStrictEqual([[...state.pending.keys()], [...state.done.keys()]], [[1], []])
    accumulator.add(state, yield* chunkOf(reader, 1, 0, 3))
    assert.deepStrictEqual([[...state.pending.keys()], [...state.done.keys()]], [[], [1]])
  })
)

it.effect("answers a trace that was partly added from the requests that were", () =>
  Effect.gen(function* () {
    const accumulator = layerwise(context, everything)
    const state = accumulator.empty()
    const chunk = yield* chunkOf(reader, 3, 0, 2)
    accumulator.add(state, chunk)
    assert.deepStrictEqual(accumulator.finish(state), [[3, ...chunk.current.ids, -1]])
    assert.deepStrictEqual(accumulator.finish(accumulator.empty()), [])
  })
)

it.effect("the same requests twice are a programming error", () =>
  Effect.gen(function* () {
    const accumulator = layerwise(context, everything)
    const whole = yield* chunkOf(reader, 0, 0, 7)
    const [state, other] = [accumulator.empty(), accumulator.empty()]
    for (const each of [state, other]) accumulator.add(each, whole)
    assert.throws(() => accumulator.add(state, whole), /layer 1 came twice/)
    assert.throws(() => accumulator.merge(state, other), /layer 1 came twice/)
    const overlapping = accumulator.empty()
    accumulator.add(overlapping, yield* chunkOf(reader, 0, 0, 4))
    const again = yield* chunkOf(reader, 0, 2, 5)
    assert.throws(() => accumulator.add(overlapping, again), /request 3 came twice/)
  })
)

it("countExperts counts a range of ids into its place, without the holes", () => {
  const into = new Uint32Array(7)
  countExperts(Uint16Array.of(2, 0, missingExpert, 1, 1, 2), 1, 5, 3, into, 4)
  assert.deepStrictEqual([...into], [0, 0, 0, 0, 1, 2, 0])
})

it("a layer is degenerate when one expert takes more than 95 % of the selections", () => {
  assert.isFalse(isDegenerate([95, 5, 0]))
  assert.isTrue(isDegenerate([5, 96, 0]))
  assert.isTrue(isDegenerate(Uint32Array.of(0, 1)))
  assert.isFalse(isDegenerate([0, 0]))
  assert.isFalse(isDegenerate([]))
})
