/** The task of a parallel analysis: folds a range of layers of a store into states. */
import type { Task } from "@moira/core"
import { Effect } from "effect"
import { type Accumulator, accumulateLayers, type TraceContext, traceContext } from "../accumulator.ts"
import { parquetStore } from "./parquet-store.ts"
import type { AccumulatorSource, LayersAnswer, LayersJob } from "./layers-job.ts"

type MakeAccumulator = (context: TraceContext, options: any) => Accumulator<unknown, unknown>

const make = async ({ module, name, options }: AccumulatorSource, context: TraceContext) => {
  const found = ((await import(module)) as Readonly<Record<string, unknown>>)[name]
  if (typeof found !== "function") throw new TypeError(`${module} does not export a function ${name}`)
  return (found as MakeAccumulator)(context, options)
}

const answer = Effect.fnUntraced(function* ({ range, chunkRequests, sources }: LayersJob) {
  const context = yield* traceContext
  const made = yield* Effect.promise(() =>
    Promise.all(Object.entries(sources).map(async ([key, source]) => [key, await make(source, context)] as const))
  )
  return yield* accumulateLayers(Object.fromEntries(made), range, chunkRequests === undefined ? {} : { chunkRequests })
})

const layersTask: Task<LayersJob, undefined, LayersAnswer> = {
  module: () => import.meta.resolve("@moira/trace/node/layers-task"),
  run: (job) => Effect.runPromise(answer(job).pipe(Effect.provide(parquetStore(job.store))))
}

export default layersTask
