import { assert, it } from "@effect/vitest"
import { missingExpert, type Model, SpatialResult, type TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { spatial, type SpatialOptions } from "../src/index.ts"
import { analyse, checked, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"

const shape = { layers: 3, experts: 8, topK: 2 }
const model = modelOf(shape)

const run = (of: Model, requests: ReadonlyArray<TraceRequest>, options: SpatialOptions = {}) =>
  analyse((context) => spatial(context, options), of, requests).pipe(
    Effect.map((result) => checked(SpatialResult, result))
  )

const why = (result: SpatialResult, what: RegExp) => result.notMeasured.find((gap) => what.test(gap.what))?.why

it.effect("a top-1 model activates no pairs, and is told so", () =>
  Effect.gen(function* () {
    const one = { layers: 2, experts: 8, topK: 1 }
    const result = yield* run(modelOf(one), randomRequests(one, 5, 1))
    assert.isNull(result.pairs)
    assert.match(why(result, /Ob5/)!, /top-1/)
  })
)

it.effect("one request of one phase at one layer is measured in sample", () =>
  Effect.gen(function* () {
    const token: Token = [[1, 2]]
    const result = yield* run(modelOf({ layers: 1, experts: 8, topK: 2 }), [requestOf([token, token], [])])
    const layer = result.popularity.layers[0]!
    assert.deepStrictEqual(layer.coverage, { inSample: 1, heldOut: null, interval: null, popularity: 2 / 8 })
    assert.deepStrictEqual(layer.counts, [0, 2, 2, 0, 0, 0, 0, 0])
    assert.strictEqual(layer.entropyBits, 1)
    assert.match(why(result, /held-out/)!, /one request/)
    assert.strictEqual(result.pairs!.layers[0]!.cdf[100], 1)
  })
)

it.effect("nothing but holes is answered by saying so", () =>
  Effect.gen(function* () {
    const hole: Token = Array.from({ length: 3 }, () => [missingExpert, missingExpert])
    const result = yield* run(model, [requestOf([hole], [hole]), requestOf([hole], [hole])])
    assert.deepStrictEqual(result.popularity, { layers: [], mean: null, degenerateLayers: [] })
    assert.deepStrictEqual([result.profiles, result.distances, result.pairs], [[], [], null])
    assert.match(why(result, /Ob4/)!, /no selections are recorded/)
    assert.match(why(result, /Ob5/)!, /no token has two recorded selections/)
    assert.isDefined(why(result, /distances between subjects/))
  })
)

it.effect("a layer of holes is left out and named, and so is one without pairs", () =>
  Effect.gen(function* () {
    const token: Token = [
      [0, 1],
      [missingExpert, missingExpert],
      [3, missingExpert]
    ]
    const other: Token = [
      [2, 3],
      [missingExpert, missingExpert],
      [4, missingExpert]
    ]
    const requests = Array.from({ length: 4 }, () => requestOf([token, other], [other, token]))
    const result = yield* run(model, requests)
    assert.deepStrictEqual(
      result.popularity.layers.map(({ layer }) => layer),
      [1, 5]
    )
    assert.deepStrictEqual(
      result.pairs!.layers.map(({ layer }) => layer),
      [1]
    )
    assert.match(why(result, /Ob4.*layers 3$/)!, /no selections/)
    assert.match(why(result, /Ob5.*layers 3, 5$/)!, /no token has two/)
  })
)

it.effect("a layer of one expert stays out of means and distances", () =>
  Effect.gen(function* () {
    const of = { layers: 2, experts: 8, topK: 1 }
    const flat = (request: TraceRequest): TraceRequest => {
      const perLayer = request.ids.length / 2
      return { ...request, ids: request.ids.map((id, i) => (i < perLayer ? 5 : id)) }
    }
    const result = yield* run(modelOf(of), randomRequests(of, 12, 3).map(flat))
    assert.deepStrictEqual(result.popularity.degenerateLayers, [1])
    assert.strictEqual(result.popularity.layers[0]!.skewMaxOverMean, 8)
    assert.strictEqual(result.popularity.mean!.gini, result.popularity.layers[1]!.gini)
    assert.isTrue(result.profiles.every(({ layer }) => layer === 3))
    const all = yield* run(
      modelOf({ layers: 1, experts: 8, topK: 1 }),
      randomRequests({ layers: 1, experts: 8, topK: 1 }, 4, 3).map((request) => ({
        ...request,
        ids: request.ids.map(() => 5)
      }))
    )
    assert.isNull(all.popularity.mean)
    assert.deepStrictEqual(all.distances, [])
    assert.match(why(all, /means/)!, /95 %/)
  })
)

it.effect("layers that were asked for and are no MoE layers are named", () =>
  Effect.gen(function* () {
    const result = yield* run(model, randomRequests(shape, 6, 9), { layers: [2, 5] })
    assert.deepStrictEqual(
      result.pairs!.heatmaps.map(({ layer }) => layer),
      [5]
    )
    assert.isTrue(result.profiles.every(({ layer }) => layer === 5))
    assert.match(why(result, /layer 2$/)!, /they are 1, 3, 5/)
  })
)

it("options that make no sense are refused", () => {
  const context = { model, layers: [1, 3, 5], requests: [] }
  assert.throws(() => spatial(context, { topShare: 2 }), RangeError)
  assert.throws(() => spatial(context, { draws: 0.5 }), RangeError)
})
