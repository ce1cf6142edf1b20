/** The task of an evaluation over threads: trains and judges the predictors at a range of layers. */
import { importPlugin, type Task } from "@moira/core"
import { accumulateLayers, type LayerRange, type StoreError, traceContext, type TraceStore } from "@moira/trace"
import { Effect, type Layer } from "effect"
import { predictorKind } from "../predictor.ts"
import { forecast, type ForecastState } from "./forecast.ts"
import type { ForecastOptions } from "./settings.ts"

/** Plain data: a thread opens the same trace and imports the same predictors. */
export interface JudgeJob {
  /** URL of the module that opens the trace again, and what it opens. */
  readonly opener: string
  readonly location: string
  readonly range: LayerRange
  /** URLs of modules whose default exports are the predictors, in their order. */
  readonly predictors: ReadonlyArray<string>
  readonly options: Omit<ForecastOptions, "predictors">
}

type Open = (location: string) => Layer.Layer<TraceStore, StoreError>

const answer = Effect.fnUntraced(function* ({ range, predictors, options }: JudgeJob) {
  const context = yield* traceContext
  const loaded = yield* Effect.forEach(predictors, (module) => importPlugin(predictorKind, module))
  const { judged } = yield* accumulateLayers({ judged: forecast(context, { ...options, predictors: loaded }) }, range)
  return judged as ForecastState
})

const judgeTask: Task<JudgeJob, undefined, ForecastState> = {
  module: () => import.meta.resolve("@moira/forecast/judge-task"),
  run: async (job) => {
    const { default: open } = (await import(job.opener)) as { readonly default: Open }
    return Effect.runPromise(answer(job).pipe(Effect.provide(open(job.location))))
  },
  isAnswer: (value) => typeof value === "object" && value !== null
}

export default judgeTask
