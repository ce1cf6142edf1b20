/** `run: forecast`: predictors on requests that they have not seen, as `moira forecast`. */
import { predictorKind } from "@moira/forecast"
import { given, loadPlugin, pluginNames } from "@moira/core"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { forecast } from "../../forecast.ts"
import { usual } from "../usual.ts"
import { identityOf, listOf, traceOf } from "./asked.ts"
import type { Computed, ExperimentRun } from "./kind.ts"

const run: ExperimentRun<"forecast"> = {
  run: "forecast",
  file: "forecast.json",
  prepare: Effect.fn("experiment.forecast")(function* (document, source) {
    const store = yield* traceOf("forecast", source)
    const { seed = usual.seed, stages = {}, options = {} } = document
    const { top, cacheSize } = options
    const asked = {
      tops: top === undefined ? [] : listOf(top),
      seed,
      ...given({ caches: cacheSize === undefined ? undefined : listOf(cacheSize) })
    }
    const names = stages.predictor === undefined ? yield* pluginNames(predictorKind) : listOf(stages.predictor)
    const loaded = yield* Effect.forEach(names, (name) => loadPlugin(predictorKind, name))
    const predictors = loaded.map(({ plugin }) => identityOf(predictorKind, plugin))
    const alone = forecast({ ...asked, predictors: names }).pipe(
      Effect.provideService(TraceStore, store),
      Effect.map((of): Computed => ({ document: of }))
    )
    return { identity: { ...asked, predictors }, files: {}, work: { alone } }
  })
}

export default run
