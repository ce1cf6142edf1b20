/** Trains and judges predictors on the provided trace. */
import { defaultRoles, forecast, type Predictor, predictorKind } from "@moira/forecast"
import { accumulate, traceContext, TraceStore } from "@moira/trace"
import { type ForecastDocument } from "@moira/results"
import { loadPlugin } from "@moira/core/node"
import { version } from "@moira/core"
import { Effect } from "effect"
import { inputOf } from "./document.ts"

export interface ForecastRequest {
  readonly predictors: ReadonlyArray<Predictor>
  readonly tops: ReadonlyArray<number>
  /** Experts that a cache holds; a tenth and a fifth of all when left out. */
  readonly caches?: ReadonlyArray<number>
  readonly seed: number
}

/** Predictors by name, package or path; popularity, which lift is counted from, is always among them. */
export const findPredictors = Effect.fn("cli.findPredictors")(function* (names: ReadonlyArray<string>) {
  const loaded = yield* Effect.forEach([...new Set(["popularity", ...names])], (name) =>
    loadPlugin(predictorKind, name)
  )
  const byId = new Map(loaded.map(({ plugin }) => [plugin.id, plugin]))
  return [...byId.values()]
})

export const forecastAll = Effect.fn("cli.forecast")(function* ({ predictors, tops, caches, seed }: ForecastRequest) {
  const store = yield* TraceStore
  const context = yield* traceContext
  const options = { predictors, tops, roles: { ...defaultRoles, seed }, ...(caches === undefined ? {} : { caches }) }
  const { result } = yield* accumulate({ result: forecast(context, options) })
  const document: ForecastDocument = {
    schema: "moira-forecast/1",
    moira: version,
    input: inputOf(store),
    seed,
    forecast: result
  }
  return document
})
