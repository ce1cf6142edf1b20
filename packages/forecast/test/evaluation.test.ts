import { assert, describe, it } from "@effect/vitest"
import { type ForecastResult, ForecastResult as Result } from "@moira/results"
import { type TraceRequest, memoryStore } from "@moira/trace"
import { accumulatorConformance, analyse, checked, modelOf, randomRequests, requestOf } from "@moira/trace/testing"
import { forecast } from "../src/evaluation/forecast.ts"
import { role, rolesOf } from "../src/roles.ts"
import { trainForecast } from "../src/training.ts"
import { Effect, Schema } from "effect"
import crossLayer from "../src/predictors/cross-layer.ts"
import crossToken from "../src/predictors/cross-token.ts"
import lastToken from "../src/predictors/last-token.ts"
import logLinear from "../src/predictors/log-linear.ts"
import mixture from "../src/predictors/mixture.ts"
import oracle from "../src/predictors/oracle.ts"
import popularity from "../src/predictors/popularity.ts"
import prefill from "../src/predictors/prefill.ts"
import { plainRecall, plainTrace } from "./plain.ts"

const singles = [popularity, lastToken, crossToken, crossLayer, prefill]
const all = [...singles, mixture, logLinear, oracle]

const evaluate = (
  shape: { readonly layers: number; readonly experts: number; readonly topK: number },
  requests: ReadonlyArray<TraceRequest>,
  predictors = all
): Effect.Effect<ForecastResult> =>
  analyse((context) => forecast(context, { predictors }), modelOf(shape), requests).pipe(
    Effect.map((result) => checked(Result, result))
  )

accumulatorConformance("forecast", (context) =>
  forecast(context, { predictors: [popularity, crossLayer, mixture], draws: 20 })
)

describe("evaluation", () => {
  it.effect.prop(
    "recall equals that of plain loops",
    {
      seed: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))),
      topK: Schema.Literals([1, 2, 3])
    },
    ({ seed, topK }) =>
      Effect.gen(function* () {
        const shape = { layers: 3, experts: 8, topK }
        const requests = randomRequests(shape, 12, seed, seed % 3 === 0 ? 0.2 : 0)
        const result = yield* evaluate(shape, requests, singles)
        const roles = rolesOf(12)
        const skipped = [1, 3, 5].flatMap((layer, i) => (result.degenerateLayers.includes(layer) ? [i] : []))
        for (const { id, recall } of result.predictors) {
          for (const { n, recall: share } of recall) {
            const plain = plainRecall(plainTrace(requests, shape), roles, id as "popularity", n, skipped)
            // Sums of several rows round differently in another order, which may swap experts that tie.
            assert.closeTo(share, plain.hits / plain.selections, topK === 1 ? 1e-12 : 0.02, `${id}, n ${n}`)
          }
        }
      }),
    { arbitrary: { runs: 40 } }
  )

  it.effect("the oracle hits everything, and no predictor passes it", () =>
    Effect.gen(function* () {
      const shape = { layers: 3, experts: 8, topK: 2 }
      const { predictors, comparisons } = yield* evaluate(shape, randomRequests(shape, 20, 5))
      const best = predictors.find(({ id }) => id === "oracle")!
      assert.strictEqual(best.recall[0]!.recall, 1)
      assert.isTrue(best.caches.every(({ hitRate }) => hitRate === 1))
      for (const { recall, lead } of predictors) if (lead !== "none") assert.isBelow(recall[0]!.recall, 1)
      assert.isTrue(comparisons.every(({ against }) => against !== "oracle"))
    })
  )

  it.effect("figures belong together: positions, precision, lift and comparisons", () =>
    Effect.gen(function* () {
      const shape = { layers: 2, experts: 9, topK: 2 }
      const result = yield* evaluate(shape, randomRequests(shape, 40, 9))
      const of = (id: string) => result.predictors.find((one) => one.id === id)!
      for (const one of result.predictors) {
        const [first] = one.recall
        assert.strictEqual(first!.n, 2)
        const weighted = one.positions.reduce((sum, { tokens, recall }) => sum + tokens * recall, 0)
        const tokens = one.positions.reduce((sum, { tokens: n }) => sum + n, 0)
        assert.closeTo(weighted / tokens, first!.recall, 1e-9)
        assert.closeTo(first!.precision, first!.recall, 1e-9)
        assert.closeTo(first!.lift!, first!.recall - of("popularity").recall[0]!.recall, 1e-9)
        assert.isTrue(one.recall.every(({ recall, interval }) => interval![0] <= recall && recall <= interval![1]))
      }
      for (const { predictor, against, difference } of result.comparisons) {
        assert.closeTo(difference, of(predictor).recall[0]!.recall - of(against).recall[0]!.recall, 1e-9)
      }
      assert.deepStrictEqual(of("mixture").lead, "layer")
      assert.isTrue(of("mixture").layers.every(({ weights }) => Math.abs(weights!.reduce((a, b) => a + b) - 1) < 1e-9))
    })
  )
})

describe("what cannot be measured is said", () => {
  const shape = { layers: 2, experts: 6, topK: 2 }
  const why = (result: ForecastResult) =>
    result.notMeasured.map(({ what, why: reason }) => `${what}: ${reason}`).join("; ")

  it.effect("one request", () =>
    Effect.gen(function* () {
      const result = yield* evaluate(shape, randomRequests(shape, 1, 3))
      assert.match(why(result), /recall and hit rates: 1 request: /)
      assert.isTrue(result.predictors.every(({ recall, caches }) => recall.length === 0 && caches.length === 0))
    })
  )
  it.effect("two requests: no interval and no validation", () =>
    Effect.gen(function* () {
      const token = [
        [0, 1],
        [2, 3]
      ]
      const result = yield* evaluate(shape, [requestOf([token], [token, token]), requestOf([token], [token, token])])
      assert.match(why(result), /intervals: one test request.*weights of mixture, log-linear: fewer than three/)
      assert.isNull(result.predictors[0]!.recall[0]!.interval)
    })
  )
  it.effect("prefill only", () =>
    Effect.gen(function* () {
      const token = [
        [0, 1],
        [2, 3]
      ]
      const requests = Array.from({ length: 9 }, () => requestOf([token, token], []))
      assert.match(why(yield* evaluate(shape, requests)), /hold no decode selections/)
    })
  )
  it.effect("a single layer", () =>
    Effect.gen(function* () {
      const single = { layers: 1, experts: 6, topK: 2 }
      assert.match(why(yield* evaluate(single, randomRequests(single, 9, 2))), /a single MoE layer/)
    })
  )
  it.effect("every layer degenerate", () =>
    Effect.gen(function* () {
      const top1 = { layers: 2, experts: 6, topK: 1 }
      const requests = Array.from({ length: 9 }, () =>
        requestOf(
          [],
          [
            [[1], [2]],
            [[1], [2]]
          ]
        )
      )
      const result = yield* evaluate(top1, requests)
      assert.match(why(result), /every layer is degenerate/)
      assert.deepStrictEqual(result.degenerateLayers, [1, 3])
    })
  )
  it.effect("a cache that cannot hold one token's experts", () =>
    Effect.gen(function* () {
      const result = yield* analyse(
        (context) => forecast(context, { predictors: [popularity], caches: [1, 4, 9] }),
        modelOf(shape),
        randomRequests(shape, 12, 2)
      )
      assert.match(why(result), /caches of 1, 9: a cache holds at least the 2 experts/)
      assert.deepStrictEqual(
        result.references.map(({ capacity }) => capacity),
        [4]
      )
    })
  )
})

describe("roles", () => {
  it("split requests into disjoint parts of the sizes asked for", () => {
    const count = (roles: Uint8Array, wanted: number) => roles.filter((of) => of === wanted).length
    for (const requests of [0, 1, 2, 3, 10, 235]) {
      const roles = rolesOf(requests)
      assert.strictEqual(count(roles, role.test), requests < 2 ? 0 : Math.max(1, Math.round(0.3 * requests)))
      assert.strictEqual(count(roles, role.validation), requests < 3 ? 0 : Math.max(1, Math.round(0.2 * requests)))
      assert.deepStrictEqual(rolesOf(requests), roles)
    }
    assert.notDeepEqual(rolesOf(50), rolesOf(50, { seed: 2, validation: 0.2, test: 0.3 }))
  })
})

it.effect("a trained forecast never looks at test requests", () =>
  Effect.gen(function* () {
    const shape = { layers: 2, experts: 6, topK: 1 }
    const requests = randomRequests(shape, 10, 4)
    const roles = rolesOf(10)
    const other = requests.map((request, r) =>
      roles[r] === role.test ? { ...request, ids: request.ids.map(() => 5) } : request
    )
    const scores = Effect.fnUntraced(function* (of: ReadonlyArray<TraceRequest>) {
      const trained = yield* trainForecast(crossLayer, { roles }).pipe(Effect.provide(memoryStore(modelOf(shape), of)))
      return trained.layers.map((layer) => {
        const out = new Float64Array(6)
        layer.open(1).predict(0, 0, out, Uint16Array.of(2), 0, 1)
        return [...out]
      })
    })
    assert.deepStrictEqual(yield* scores(other), yield* scores(requests))
  })
)
