import { assert, describe, it } from "@effect/vitest"
import { forecast } from "../src/evaluation/forecast.ts"
import { predictorKind } from "../src/predictor.ts"
import { rolesOf } from "../src/roles.ts"
import { readPatterns, sharedData } from "@moira/test-data"
import { builtinPlugins } from "@moira/core/testing"
import { findModel, moeLayers } from "@moira/core"
import { ForecastResult } from "@moira/results"
import { analyse, checked } from "@moira/trace/testing"
import { Effect } from "effect"
import { plainRecall, plainTrace } from "./plain.ts"

const model = findModel("llama4-maverick")!
const folder = sharedData("traces/patterns")

describe("real Llama 4 traces", () => {
  it.effect.skipIf(folder === undefined)(
    "the mixture beats every single predictor, and figures equal those of plain loops",
    () =>
      Effect.gen(function* () {
        const requests = readPatterns(folder!)
        const loaded = yield* builtinPlugins(predictorKind)
        const predictors = loaded.map(({ plugin }) => plugin)
        const result = checked(
          ForecastResult,
          yield* analyse((context) => forecast(context, { predictors, caches: [] }), model, requests)
        )
        const singles = result.predictors.filter(({ members, lead }) => members.length === 0 && lead !== "none")
        assert.isAbove(singles.length, 10)
        for (const { id, lead } of singles) {
          for (const combination of ["mixture", "log-linear", ...(lead === "token" ? ["mixture-token"] : [])]) {
            const found = result.comparisons.find((c) => c.predictor === combination && c.against === id)!
            assert.isAbove(found.interval![0], 0, `${combination} against ${id}`)
          }
        }
        assert.deepStrictEqual(result.degenerateLayers, [45])
        const trace = plainTrace(requests, { layers: 24, experts: 128, topK: 1 })
        const skipped = [moeLayers(model).indexOf(45)]
        for (const kind of ["popularity", "cross-token", "cross-layer"] as const) {
          const { hits, selections } = plainRecall(trace, rolesOf(requests.length), kind, 1, skipped)
          const { recall } = result.predictors.find(({ id }) => id === kind)!.recall[0]!
          assert.closeTo(recall, hits / selections, 1e-4, kind)
        }
      }),
    { timeout: 180_000 }
  )
})
