/** Analyses by the runner that is provided: each job takes a range of layers, and states are merged in layer order. */
import { Effect } from "effect"
import {
  accumulateLayers,
  type AccumulateOptions,
  type Accumulators,
  finishAll,
  type LayerRange,
  type Results
} from "../accumulator.ts"
import { Progress, runAll, Runner } from "@moira/core"
import { TraceStore } from "../store.ts"
import type { AccumulatorSource, LayersAnswer, LayersJob } from "./layers-job.ts"
import layersTask from "./layers-task.ts"

export interface ParallelOptions extends AccumulateOptions {
  /** Directory of the store that is provided, for others to open; where left out, everything runs in this thread. */
  readonly store?: string
  /** How others make an accumulator, by its name; those that are not here run in this thread. */
  readonly sources: Readonly<Record<string, AccumulatorSource>>
}

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
 * As `accumulate`, with the same result for any runner. Accumulators without a source are run in this thread, while the
 * others are busy; all of them are where the runner would do one thing at a time, as this thread reads each layer once.
 */
export const accumulateParallel = Effect.fn("trace.accumulateParallel")(function* <A extends Accumulators>(
  accumulators: A,
  { store: directory, sources, ...options }: ParallelOptions
) {
  const store = yield* TraceStore
  const { workers } = yield* Runner
  const report = yield* Progress
  const total = store.manifest.layers.length
  const names = Object.keys(accumulators)
  const pick = (wanted: (name: string) => boolean): Accumulators =>
    Object.fromEntries(Object.entries(accumulators).filter(([name]) => wanted(name)))
  const shared = workers > 1 && directory !== undefined ? names.filter((name) => sources[name] !== undefined) : []
  const inline = pick((name) => !shared.includes(name))
  const away = pick((name) => shared.includes(name))
  const progress = (done: number) => report({ stage: "analyse", done, total, unit: "layers" })

  const here =
    Object.keys(inline).length === 0
      ? Effect.succeed({})
      : accumulateLayers(inline, { from: 0, to: total }, options, shared.length === 0 ? progress : undefined)

  const elsewhere = Effect.gen(function* () {
    if (directory === undefined || shared.length === 0) return {}
    const jobs = ranges(total).map((range): LayersJob => ({
      store: directory,
      range,
      chunkRequests: options.chunkRequests,
      sources: Object.fromEntries(shared.map((name) => [name, sources[name]!]))
    }))
    let done = 0
    const answers = yield* runAll(layersTask, jobs, (outcome, key) =>
      Effect.tap(Effect.fromResult(outcome), () => {
        const { from, to } = jobs[key]!.range
        return Effect.sync(() => progress((done += to - from)))
      })
    )
    return mergeAll(away, answers)
  })

  const [own, others] = yield* Effect.all([here, elsewhere], { concurrency: 2 })
  return finishAll(accumulators, { ...own, ...others } as { readonly [K in keyof A]: unknown }) satisfies Results<A>
})
