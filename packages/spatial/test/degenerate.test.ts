import { assert, it } from "@effect/vitest"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { SpatialResult } from "@moira/results"
import { type Model, random } from "@moira/core"
import { Effect } from "effect"
import { spatial, type SpatialOptions } from "../src/index.ts"
import { analyse, checked, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"

const shape = { layers: 3, experts: 8, topK: 2 }
const model = modelOf(shape)

const run = (of: Model, requests: ReadonlyArray<TraceRequest>, options: SpatialOptions = {}) =>
  analyse((context) => spatial.accumulator(context, options), of, requests).pipe(
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
    assert.deepStrictEqual(result.pairs!.layers[0]!.top10, {
      inSample: 1,
      heldOut: null,
      interval: null,
      popularity: null
    })
    assert.match(why(result, /held-out pairs and blocks/)!, /one request/)
    assert.isFalse(result.pairs!.blocks.layers[0]!.found)
    assert.isNull(result.pairs!.blocks.common)
    assert.deepStrictEqual(result.sharing, { layers: [], means: [] })
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
    assert.isDefined(why(result, /comparison of subjects/))
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

it.effect("one layer, one subject, two requests of one phase with holes: answered, and what is not is said", () =>
  Effect.gen(function* () {
    const of = { layers: 1, experts: 8, topK: 2 }
    const { below } = random(3)
    const token = (): Token => [[below(4), below(5) === 0 ? missingExpert : 4 + below(4)]]
    const decode = () => requestOf([], Array.from({ length: 40 }, token))
    const result = yield* run(modelOf(of), [decode(), decode()])
    const layer = result.popularity.layers[0]!
    assert.isNotNull(layer.coverage.heldOut)
    assert.isNull(layer.coverage.interval)
    assert.isNull(result.pairs!.blocks.common)
    assert.isNull(result.pairs!.blocks.layers[0]!.contrast.interval)
    assert.match(why(result, /interval of held-out coverage/)!, /one held-out request/)
    assert.match(why(result, /common to layers/)!, /one layer must choose/)
    assert.match(why(result, /comparison of subjects/)!, /one subject/)
    assert.deepStrictEqual([result.distances, result.sharing.layers], [[], []])
  })
)

it.effect("two experts in all, always together, are no blocks and no NaN", () =>
  Effect.gen(function* () {
    const of = { layers: 2, experts: 2, topK: 2 }
    const token: Token = [
      [0, 1],
      [1, 0]
    ]
    const requests = Array.from({ length: 4 }, () => requestOf([token], [token, token]))
    const { pairs } = yield* run(modelOf(of), requests)
    assert.deepStrictEqual(
      pairs!.layers.map(({ maxOverRandom, maxOverUniform, top10 }) => [maxOverRandom, maxOverUniform, top10.heldOut]),
      [
        [1, 1, 1],
        [1, 1, 1]
      ]
    )
    assert.isTrue([...pairs!.blocks.layers, pairs!.blocks.common!].every(({ found }) => !found))
  })
)

it.effect("a top-1 trace with holes and a task that is all holes", () =>
  Effect.gen(function* () {
    const of = { layers: 2, experts: 4, topK: 1 }
    const hole: Token = [[missingExpert], [missingExpert]]
    const requests = [
      ...Array.from({ length: 6 }, (_, r) =>
        requestOf(
          [],
          Array.from({ length: 20 }, (): Token => [[r % 2], [missingExpert]]),
          { subject: `s${r % 2}` }
        )
      ),
      requestOf([], [hole], { subject: "holes" })
    ]
    const result = yield* run(modelOf(of), requests)
    assert.deepStrictEqual(
      result.popularity.layers.map(({ layer }) => layer),
      [1]
    )
    assert.match(why(result, /Ob4.*layers 3$/)!, /no selections/)
    assert.match(why(result, /distance between subjects test\/s0 and test\/holes/)!, /no layer has recorded/)
    assert.strictEqual(result.distances.find(({ a, b }) => a === "test/s0" && b === "test/s1")!.distance, 1)
    assert.match(why(result, /for test\/holes$/)!, /too few selections/)
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
  assert.throws(() => spatial.accumulator(context, { topShare: 2 }), RangeError)
  assert.throws(() => spatial.accumulator(context, { draws: 0.5 }), RangeError)
})
