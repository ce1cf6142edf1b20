/** The task of parallel analyses: folds a range of layers of a trace into states. */
import type { Task } from "@moira/core"
import { Effect, type Layer } from "effect"
import { accumulateLayers, traceContext } from "./accumulator.ts"
import { type Analysis, analysisKind, checkedAccumulator } from "./analysis.ts"
import type { LayersAnswer, LayersJob } from "./layers-job.ts"
import type { StoreError, TraceStore } from "./store.ts"

const imported = async <A>(module: string): Promise<A> => ((await import(module)) as { readonly default: A }).default

const analysisOf = async (module: string): Promise<Analysis> => {
  const found = await imported<unknown>(module)
  if (!analysisKind.is(found)) throw new TypeError(`the default export of ${module} is no analysis`)
  return found
}

const answer = Effect.fnUntraced(function* (
  { range, chunkRequests, options }: LayersJob,
  analyses: ReadonlyArray<Analysis>
) {
  const context = yield* traceContext
  const accumulators = analyses.map((analysis) => checkedAccumulator(analysis, context, options))
  const states = yield* accumulateLayers(
    Object.fromEntries(accumulators.entries()),
    range,
    chunkRequests === undefined ? {} : { chunkRequests }
  )
  return analyses.map((_, i) => states[i])
})

const layersTask: Task<LayersJob, undefined, LayersAnswer> = {
  module: () => import.meta.resolve("@moira/trace/layers-task"),
  run: async (job) => {
    const open = await imported<(location: string) => Layer.Layer<TraceStore, StoreError>>(job.opener)
    const analyses = await Promise.all(job.analyses.map(analysisOf))
    return Effect.runPromise(answer(job, analyses).pipe(Effect.provide(open(job.location))))
  },
  isAnswer: (value) => Array.isArray(value)
}

export default layersTask
