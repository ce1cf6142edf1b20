import { assert, it } from "@effect/vitest"
import { forecast } from "../src/evaluation/forecast.ts"
import { openForecast } from "../src/session.ts"
import { type Predictor } from "../src/predictor.ts"
import { rolesOf, role } from "../src/roles.ts"
import { trainForecast } from "../src/training.ts"
import { memoryStore, type TraceRequest } from "@moira/trace"
import { analyse, modelOf, randomRequests } from "@moira/trace/testing"
import { Effect } from "effect"
import crossLayer from "../src/predictors/cross-layer.ts"
import mixture from "../src/predictors/mixture.ts"
import recency from "../src/predictors/recency.ts"

const shape = { layers: 3, experts: 8, topK: 2 }
const model = modelOf(shape)

/** Recall of a trained forecast that all test requests share as units, step by step, as a server would drive it. */
const served = Effect.fnUntraced(function* (predictor: Predictor, requests: ReadonlyArray<TraceRequest>) {
  const roles = rolesOf(requests.length)
  const trained = yield* trainForecast(predictor, { roles }).pipe(Effect.provide(memoryStore(model, requests)))
  const tests = requests.flatMap((request, r) => (roles[r] === role.test ? [{ request, r }] : []))
  const session = openForecast(trained, tests.length)
  tests.forEach(({ r }, unit) => session.begin(unit, trained.tasks.of[r]!))
  const named = new Uint16Array(2)
  let [hits, selections] = [0, 0]
  const longest = Math.max(...tests.map(({ request }) => request.prefillTokens + request.decodeTokens))
  for (let t = 0; t < longest; t++) {
    for (let layer = 0; layer < 3; layer++) {
      tests.forEach(({ request: { ids, prefillTokens, decodeTokens } }, unit) => {
        const tokens = prefillTokens + decodeTokens
        if (t >= tokens) return
        const step = t - prefillTokens
        const from = (layer * tokens + t) * 2
        if (step >= 0) {
          const count = session.top(unit, layer, step, 2, named)
          for (const id of ids.subarray(from, from + 2)) {
            if (id >= 8) continue
            selections++
            if (named.subarray(0, count).includes(id)) hits++
          }
        }
        session.observe(unit, layer, step, ids, from, from + 2)
      })
    }
  }
  return hits / selections
})

for (const predictor of [recency, crossLayer, mixture]) {
  it.effect(`${predictor.id} serves many requests as well as it was judged on one at a time`, () =>
    Effect.gen(function* () {
      const requests = randomRequests(shape, 24, 6, 0.1)
      const judged = yield* analyse((context) => forecast(context, { predictors: [predictor] }), model, requests)
      assert.deepStrictEqual(judged.degenerateLayers, [])
      assert.closeTo(yield* served(predictor, requests), judged.predictors[0]!.recall[0]!.recall, 1e-12)
    })
  )
}
