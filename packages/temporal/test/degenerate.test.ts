import { assert, it } from "@effect/vitest"
import { type Model } from "@moira/core"
import { TemporalResult } from "@moira/results"
import { type TraceRequest, missingExpert } from "@moira/trace"
import { Effect } from "effect"
import { temporal, type TemporalOptions } from "../src/index.ts"
import { analyse, checked, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"

const shape = { layers: 3, experts: 8, topK: 2 }
const model = modelOf(shape)

const run = (of: Model, requests: ReadonlyArray<TraceRequest>, options: TemporalOptions = {}) =>
  analyse((context) => temporal.accumulator(context, options), of, requests).pipe(
    Effect.map((result) => checked(TemporalResult, result))
  )

/** What was not measured of the relations, Ob1 to Ob3. */
const gaps = ({ notMeasured }: TemporalResult) => notMeasured.filter(({ what }) => /\(Ob[123]\)/.test(what))

const token = (id: number): Token => Array.from({ length: 3 }, (_, layer) => [id, (id + layer + 1) % 8])
const tokens = (n: number): ReadonlyArray<Token> => Array.from({ length: n }, (_, t) => token(t % 8))

it.effect("a single MoE layer has no cross-layer relation", () =>
  Effect.gen(function* () {
    const one = { layers: 1, experts: 8, topK: 2 }
    const result = yield* run(modelOf(one), randomRequests(one, 5, 1))
    assert.isNull(result.crossLayer)
    assert.isNotNull(result.crossToken)
    assert.isTrue(result.prefillDecode!.layers.every((layer) => layer.rhoCrossLayer === null))
    assert.deepStrictEqual(gaps(result), [
      { what: "cross-layer relation (Ob1)", why: "the trace has a single MoE layer" }
    ])
  })
)

it.effect("one request is measured in sample only", () =>
  Effect.gen(function* () {
    const result = yield* run(model, [requestOf(tokens(5), tokens(9))])
    for (const relation of [result.crossLayer!, result.crossToken!]) {
      for (const { coverage } of relation.layers) {
        assert.isAbove(coverage.inSample, 0)
        assert.deepStrictEqual([coverage.heldOut, coverage.interval, coverage.popularity], [null, null, null])
      }
      assert.isNull(relation.mean!.heldOut)
    }
    assert.isNotNull(result.prefillDecode)
    assert.deepStrictEqual(
      gaps(result).map(({ why }) => why),
      Array.from({ length: 2 }, () => "one request cannot both choose the candidates and judge them")
    )
  })
)

it.effect("two requests give a held-out figure without an interval", () =>
  Effect.gen(function* () {
    const result = yield* run(model, [requestOf(tokens(5), tokens(9)), requestOf(tokens(3), tokens(4))])
    assert.isNotNull(result.crossLayer!.mean!.heldOut)
    assert.isNull(result.crossLayer!.mean!.interval)
    assert.match(result.notMeasured[0]!.what, /interval of held-out coverage at layers 1, 3$/)
  })
)

it.effect("a trace without decode or without prefill has no phases to compare", () =>
  Effect.gen(function* () {
    const prefillOnly = yield* run(model, [requestOf(tokens(5), []), requestOf(tokens(8), [])])
    assert.isNull(prefillOnly.prefillDecode)
    assert.isNotNull(prefillOnly.crossToken)
    assert.deepStrictEqual(gaps(prefillOnly).at(-1), {
      what: "prefill against decode (Ob3)",
      why: "the trace has no decode tokens"
    })
    const decodeOnly = yield* run(model, [requestOf([], tokens(5)), requestOf([], tokens(8))])
    assert.deepStrictEqual(gaps(decodeOnly).at(-1)!.why, "the trace has no prefill tokens")
  })
)

it.effect("nothing but holes is answered by saying so", () =>
  Effect.gen(function* () {
    const hole: Token = Array.from({ length: 3 }, () => [missingExpert, missingExpert])
    const result = yield* run(model, [requestOf([hole], [hole, hole]), requestOf([hole], [hole])])
    assert.deepStrictEqual([result.crossLayer, result.crossToken, result.prefillDecode], [null, null, null])
    assert.strictEqual(gaps(result).length, 3)
    assert.deepStrictEqual([result.positionDrift, result.requestDrift, result.reuse], [null, null, null])
    assert.deepStrictEqual(
      result.notMeasured.filter((gap) => !gaps(result).includes(gap)),
      [
        { what: "drift over decode position", why: "no decode token has recorded selections" },
        { what: "drift over requests", why: "two blocks of two requests are the least; the trace has 2" },
        { what: "reuse distance of experts within a request", why: "no decode token has recorded selections" },
        { what: "reuse distance of experts in batches of 8", why: "the trace has 2 requests" },
        {
          what: "coverage of relations across tasks",
          why: "the trace has one task (test/all, en): nothing says what holds for others"
        }
      ]
    )
  })
)

it.effect("a layer of holes is left out and named", () =>
  Effect.gen(function* () {
    const holed = tokens(6).map((ids): Token => [ids[0]!, [missingExpert, missingExpert], ids[2]!])
    const result = yield* run(model, [requestOf(holed, holed), requestOf(holed, holed), requestOf(holed, holed)])
    assert.isNull(result.crossLayer)
    assert.deepStrictEqual(
      result.crossToken!.layers.map(({ layer }) => layer),
      [1, 5]
    )
    assert.deepStrictEqual(
      gaps(result).map(({ what }) => what),
      [
        "cross-layer relation (Ob1)",
        "cross-token relation (Ob2) at layer 3",
        "prefill against decode (Ob3) at layers 3"
      ]
    )
  })
)

it.effect("requests of one token have no next token", () =>
  Effect.gen(function* () {
    const result = yield* run(model, [requestOf(tokens(1), []), requestOf(tokens(1), [])])
    assert.isNotNull(result.crossLayer)
    assert.isNull(result.crossToken)
  })
)

it.effect("a layer of one expert is degenerate, as is the step to it, and both stay out of means", () =>
  Effect.gen(function* () {
    const of = { layers: 4, experts: 8, topK: 1 }
    const flat = (request: TraceRequest): TraceRequest => {
      const perLayer = request.ids.length / 4
      return { ...request, ids: request.ids.map((id, i) => (Math.floor(i / perLayer) === 2 ? 5 : id)) }
    }
    const requests = randomRequests(of, 20, 3)
    const result = yield* run(modelOf(of), requests.map(flat))
    assert.deepStrictEqual(result.crossLayer!.degenerateLayers, [3, 5])
    assert.deepStrictEqual(result.crossToken!.degenerateLayers, [5])
    const { interval, ...mean } = result.crossLayer!.mean!
    const { interval: ofLayer, ...only } = result.crossLayer!.layers.find(({ layer }) => layer === 1)!.coverage
    assert.deepStrictEqual(mean, only)
    assert.closeTo(interval![0], ofLayer![0], 1e-12)
    assert.closeTo(interval![1], ofLayer![1], 1e-12)
    assert.deepStrictEqual(
      result.crossLayer!.heatmaps.map(({ layer }) => layer),
      [1]
    )
    assert.deepStrictEqual(
      result.crossToken!.heatmaps.map(({ layer }) => layer),
      [1, 3, 7]
    )
    const { layers, mean: phases } = result.prefillDecode!
    assert.strictEqual(phases.rhoCrossLayer, layers.find(({ layer }) => layer === 1)!.rhoCrossLayer)
    const usual = layers.filter(({ layer }) => layer !== 5)
    assert.closeTo(phases.rhoFrequency!, usual.reduce((sum, { rhoFrequency }) => sum + rhoFrequency!, 0) / 3, 1e-12)
    const phase = layers.find(({ layer }) => layer === 5)!
    assert.isTrue(phase.degenerate)
    // All that is there is one row with one expert: the order of two such rows is the same.
    assert.strictEqual(phase.rhoCrossToken, 1)
  })
)

it.effect("heatmaps that were asked for and cannot be are named", () =>
  Effect.gen(function* () {
    const requests = randomRequests(shape, 6, 9)
    const result = yield* run(model, requests, { layers: [2, 5] })
    assert.deepStrictEqual(
      result.crossToken!.heatmaps.map(({ layer }) => layer),
      [5]
    )
    assert.deepStrictEqual(result.crossLayer!.heatmaps, [])
    assert.deepStrictEqual(
      result.notMeasured.filter(({ what }) => what.includes("heatmap")),
      [
        {
          what: "cross-layer relation (Ob1): heatmap of layer 2",
          why: "not an MoE layer of this trace; they are 1, 3, 5"
        },
        { what: "cross-layer relation (Ob1): heatmap of layer 5", why: "nothing was measured there" },
        {
          what: "cross-token relation (Ob2): heatmap of layer 2",
          why: "not an MoE layer of this trace; they are 1, 3, 5"
        }
      ]
    )
  })
)

it("options that make no sense are refused", () => {
  const context = { model, layers: [1, 3, 5], requests: [] }
  assert.throws(() => temporal.accumulator(context, { topShare: 0 }), RangeError)
  assert.throws(() => temporal.accumulator(context, { draws: 0 }), RangeError)
})
