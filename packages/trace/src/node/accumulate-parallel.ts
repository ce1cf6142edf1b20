/** Analyses on worker threads: each takes ranges of layers, and states are merged in layer order. */
import { Effect } from "effect"
import {
  accumulateLayers,
  type AccumulateOptions,
  type Accumulators,
  finishAll,
  type LayerRange,
  type Results
} from "../accumulator.ts"
import { Progress } from "@moira/core"
import { TraceStore } from "../store.ts"
import { makeWorkerPool } from "@moira/core/node"
import type { AccumulatorSource, LayersAnswer, LayersJob } from "./layers-job.ts"

export interface ParallelOptions extends AccumulateOptions {
  /** Directory of the store that is provided, for the threads to open. */
  readonly store: string
  /** Threads; with fewer than two everything runs in this one. */
  readonly workers: number
  /** How threads make an accumulator, by its name; those that are not here run in this thread. */
  readonly sources: Readonly<Record<string, AccumulatorSource>>
}

const workerModule = new URL(
  import.meta.url.endsWith(".ts") ? "./layers-task.ts" : "./node/layers-task.js",
  import.meta.url
)

/**
 * Consecutive layers, at most four at a time: a range reads one layer more than it has, and few layers keep the threads
 * busy to the end. The ranges do not depend on the threads.
 */
const ranges = (layers: number): ReadonlyArray<LayerRange> => {
  const count = Math.ceil(layers / 4)
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((i * layers) / count),
    to: Math.floor(((i + 1) * layers) / count)
  }))
}

/** Merges the states of later layers into those of earlier ones. */
const mergeAll = (accumulators: Accumulators, answers: ReadonlyArray<LayersAnswer>): LayersAnswer =>
  Object.fromEntries(
    Object.entries(accumulators).map(([name, accumulator]) => {
      const state: unknown = accumulator.empty()
      for (const answer of answers) accumulator.merge(state, answer[name])
      return [name, state]
    })
  )

/**
 * As `accumulate`, with the same result for any number of threads. Accumulators without a source are run in this
 * thread, while the others are busy.
 */
export const accumulateParallel = Effect.fn("trace.accumulateParallel")(function* <A extends Accumulators>(
  accumulators: A,
  { store: directory, workers, sources, ...options }: ParallelOptions
) {
  const store = yield* TraceStore
  const report = yield* Progress
  const total = store.manifest.layers.length
  const names = Object.keys(accumulators)
  const pick = (wanted: (name: string) => boolean): Accumulators =>
    Object.fromEntries(Object.entries(accumulators).filter(([name]) => wanted(name)))
  const threaded = workers > 1 ? names.filter((name) => sources[name] !== undefined) : []
  const inline = pick((name) => !threaded.includes(name))
  const away = pick((name) => threaded.includes(name))
  const progress = (done: number) => report({ stage: "analyse", done, total, unit: "layers" })

  const here =
    Object.keys(inline).length === 0
      ? Effect.succeed({})
      : accumulateLayers(inline, { from: 0, to: total }, options, threaded.length === 0 ? progress : undefined)

  const onThreads = Effect.gen(function* () {
    if (threaded.length === 0) return {}
    const parts = ranges(total)
    const size = Math.min(workers, parts.length)
    const pool = yield* makeWorkerPool<LayersJob, LayersAnswer>({ module: workerModule, size })
    let done = 0
    const answers = yield* Effect.forEach(
      parts,
      Effect.fnUntraced(function* (range) {
        const answer = yield* pool.run({
          store: directory,
          range,
          chunkRequests: options.chunkRequests,
          sources: Object.fromEntries(threaded.map((name) => [name, sources[name]!]))
        })
        progress((done += range.to - range.from))
        return answer
      }),
      { concurrency: size }
    )
    return mergeAll(away, answers)
  }).pipe(Effect.scoped)

  const [own, others] = yield* Effect.all([here, onThreads], { concurrency: 2 })
  return finishAll(accumulators, { ...own, ...others } as { readonly [K in keyof A]: unknown }) satisfies Results<A>
})
