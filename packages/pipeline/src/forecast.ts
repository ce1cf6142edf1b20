/** Trains and judges predictors on the provided trace. */
import { defaultRoles, type Predictor, predictorKind, runForecast } from "@moira/forecast"
import { TraceStore } from "@moira/trace"
import { type Made, type ForecastDocument } from "@moira/results"
import { listReferences, loadPlugin, PluginError, pluginNames, referenceOf, version } from "@moira/core"
import { Effect } from "effect"
import { inputOf } from "./document.ts"

export interface ForecastOptions {
  /** Names, packages or paths; all that are built in or installed when left out. */
  readonly predictors?: ReadonlyArray<string>
  /** Recall among the best n, beside the model's top-k and twice that. */
  readonly tops: ReadonlyArray<number>
  /** Experts that a cache holds; a tenth and a fifth of all when left out. */
  readonly caches?: ReadonlyArray<number>
  readonly seed: number
}

/** Predictors by name, package or path; popularity, which lift is counted from, is always among them. */
const findPredictors = Effect.fn("pipeline.findPredictors")(function* (names: ReadonlyArray<string>) {
  const loaded = yield* Effect.forEach([...new Set(["popularity", ...names])], (name) =>
    loadPlugin(predictorKind, name)
  )
  const byId = new Map<string, Predictor>()
  for (const { plugin, module } of loaded) {
    const other = byId.get(plugin.id)
    if (other !== undefined && other !== plugin)
      return yield* new PluginError({
        reason: "NotThisKind",
        where: module,
        what: `another predictor has the id ${plugin.id}, by which results name it`,
        hint: "give it an id of its own"
      })
    byId.set(plugin.id, plugin)
  }
  return [...byId.values()]
})

/**
 * How well predictors foresee the experts of requests that they have not seen, in the provided trace; by layers over the
 * `Runner` where one is provided.
 */
export const forecast = Effect.fn("pipeline.forecast")(function* ({ tops, caches, seed, ...options }: ForecastOptions) {
  const predictors = yield* findPredictors(options.predictors ?? (yield* pluginNames(predictorKind)))
  const store = yield* TraceStore
  const settings = { predictors, tops, roles: { ...defaultRoles, seed }, ...(caches === undefined ? {} : { caches }) }
  const result = yield* runForecast(settings)
  const document: Made<ForecastDocument> = {
    schema: "moira-forecast/1",
    moira: version,
    plugins: listReferences(predictors.map((plugin) => referenceOf(predictorKind, plugin))),
    input: inputOf(store),
    seed,
    forecast: result
  }
  return document
})
