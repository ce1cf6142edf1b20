/** What forecasts cost: the evaluation of all built-in predictors, against one predictor in plain loops. */
import { compare } from "@moira/bench"
import { forecast } from "../src/evaluation/forecast.ts"
import { predictorKind } from "../src/predictor.ts"
import { rolesOf } from "../src/roles.ts"
import { readPatterns, sharedData } from "@moira/test-data"
import { builtinNames, nodePlugins } from "@moira/core/node"
import { findModel, loadPlugin } from "@moira/core"
import { analyse } from "@moira/trace/testing"
import { Effect } from "effect"
import { plainRecall, plainTrace } from "../test/plain.ts"

const folder = sharedData("traces/patterns")
if (folder !== undefined) {
  const model = findModel("llama4-maverick")!
  const requests = readPatterns(folder)
  const named = async (names: ReadonlyArray<string>) => {
    const loaded = Effect.forEach(names, (name) => loadPlugin(predictorKind, name))
    return (await Effect.runPromise(Effect.provide(loaded, nodePlugins))).map(({ plugin }) => plugin)
  }
  const all = await named(builtinNames(predictorKind))
  const heatmap = await named(["cross-token"])
  const evaluate = (predictors: typeof all) =>
    Effect.runPromise(analyse((context) => forecast(context, { predictors, caches: [] }), model, requests))
  const roles = rolesOf(requests.length)
  const tests = requests.reduce((sum, { decodeTokens }, r) => sum + (roles[r] === 2 ? decodeTokens : 0), 0)
  const amount = (24 * tests) / 1e6
  const trace = plainTrace(requests, { layers: 24, experts: 128, topK: 1 })

  await compare(
    "evaluation on 235 Llama 4 requests, 24 layers",
    [
      {
        name: "cross-token heatmap, plain loops",
        run: () => plainRecall(trace, roles, "cross-token", 1),
        amount,
        unit: "M forecasts"
      },
      { name: "cross-token heatmap", run: () => evaluate(heatmap), amount, unit: "M forecasts" },
      {
        name: `all ${all.length} built-in predictors`,
        run: () => evaluate(all),
        amount: all.length * amount,
        unit: "M forecasts"
      }
    ],
    { rounds: 3 }
  )
}
