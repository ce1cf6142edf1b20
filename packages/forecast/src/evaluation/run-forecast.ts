/** The evaluation by the runner that is provided: each job takes a range of layers, and summaries are merged in layer order. */
import { moduleOf, Progress, runAll, Runner, surfacePluginFaults, withPluginFaults } from "@moira/core"
import { accumulate, layerRanges, toldFault, traceContext, type TraceOpener, TraceStore } from "@moira/trace"
import type { ForecastResult } from "@moira/results"
import { Effect, Option } from "effect"
import { forecast } from "./forecast.ts"
import judgeTask, { type JudgeJob } from "./judge-task.ts"
import type { ForecastOptions } from "./settings.ts"

export interface RunForecastOptions extends ForecastOptions {
  /** Forecasts (tokens, layers, predictors) below which all runs in this thread, as threads take longer to start. */
  readonly inlineBelow?: number
}

/** What threads cost to start, in forecasts: about a second of one. */
const usualInlineBelow = 500_000

/** Jobs for other threads; undefined where a predictor names no module, or the trace cannot be opened again. */
const jobsFor = (
  layers: number,
  opener: TraceOpener | undefined,
  { predictors, ...options }: ForecastOptions
): ReadonlyArray<JudgeJob> | undefined => {
  const modules = predictors.map(moduleOf)
  if (opener === undefined || modules.includes(undefined)) return undefined
  const named = { opener: opener.module(), location: opener.location, predictors: modules as ReadonlyArray<string> }
  return layerRanges(layers, 2).map((range) => ({ ...named, range, options }))
}

/**
 * How well predictors foresee the provided trace, the same for any runner. All runs in this thread, one layer after the
 * other, where no runner is provided, where it does one thing at a time, where the trace is small or lies in memory, and where
 * a predictor was given as a value: no other thread could import it, and combinations share their members.
 */
export const runForecast = Effect.fn("forecast.run")(function* ({
  inlineBelow = usualInlineBelow,
  ...options
}: RunForecastOptions) {
  const store = yield* TraceStore
  const runner = Option.getOrUndefined(yield* Effect.serviceOption(Runner))
  const context = yield* traceContext
  const evaluation = yield* withPluginFaults(() => forecast(context, options))
  const { layers, counts } = store.manifest
  const forecasts = (counts.prefillTokens + counts.decodeTokens) * layers.length * options.predictors.length
  const away = runner !== undefined && runner.workers > 1 && forecasts >= inlineBelow
  const jobs = away ? jobsFor(layers.length, store.opener, options) : undefined
  if (runner === undefined || jobs === undefined) {
    const { result } = yield* surfacePluginFaults(accumulate({ result: evaluation }))
    return result satisfies ForecastResult
  }
  const report = yield* Progress
  let done = 0
  const states = yield* runAll(judgeTask, jobs, (outcome, key) =>
    Effect.fromResult(outcome).pipe(
      Effect.mapError(toldFault),
      Effect.tap(() => {
        const { from, to } = jobs[key]!.range
        return Effect.sync(() =>
          report({ stage: "analyse", done: (done += to - from), total: layers.length, unit: "layers" })
        )
      })
    )
  ).pipe(Effect.provideService(Runner, runner))
  return yield* withPluginFaults(() => {
    const state = evaluation.empty()
    for (const of of states) evaluation.merge(state, of)
    return evaluation.finish(state)
  })
})
