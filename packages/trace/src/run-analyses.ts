/** Analyses by the runner that is provided: each job takes a range of layers, and states are merged in layer order. */
import { Progress, runAll, Runner, surfacePluginFaults, withPluginFaults } from "@moira/core"
import { Effect } from "effect"
import { accumulateLayers, type Accumulator, traceContext } from "./accumulator.ts"
import { type Analysis, type AnalysisOptions, checkedAccumulator } from "./analysis.ts"
import { layerRanges, toldFault } from "./layer-ranges.ts"
import type { LayersAnswer, LayersJob } from "./layers-job.ts"
import layersTask from "./layers-task.ts"
import { TraceStore } from "./store.ts"

export interface RunAnalysesOptions extends AnalysisOptions {
  /** Requests read at a time. */
  readonly chunkRequests?: number
  /** Ids below which all runs in this thread, as threads take longer to start; ten million when left out. */
  readonly inlineBelowIds?: number
}

/** Merges the states of later layers into those of earlier ones. */
const mergeAll = (
  accumulators: ReadonlyArray<Accumulator<unknown, unknown>>,
  answers: ReadonlyArray<LayersAnswer>
): LayersAnswer =>
  accumulators.map((accumulator, i) => {
    const state = accumulator.empty()
    for (const answer of answers) accumulator.merge(state, answer[i])
    return state
  })

/**
 * Results of analyses in their order, in one pass over the provided trace. They are the same for any runner. Analyses
 * that name no module are run in this thread, while others are busy; all of them are where the trace cannot be opened
 * again or the runner does one thing at a time, as this thread reads each layer once.
 */
export const runAnalyses = Effect.fn("trace.runAnalyses")(function* (
  analyses: ReadonlyArray<Analysis>,
  { chunkRequests, inlineBelowIds = 10_000_000, ...options }: RunAnalysesOptions
) {
  const store = yield* TraceStore
  const { workers } = yield* Runner
  const report = yield* Progress
  const context = yield* traceContext
  const { layers, counts, model } = store.manifest
  const total = layers.length
  const ids = (counts.prefillTokens + counts.decodeTokens) * total * model.topK
  const { opener } = store
  const elsewhere = workers > 1 && opener !== undefined && ids >= inlineBelowIds
  const accumulators = yield* withPluginFaults(() =>
    analyses.map((analysis) => checkedAccumulator(analysis, context, options))
  )
  const isAway = ({ module }: Analysis) => elsewhere && module !== undefined
  const indexes = [...analyses.keys()]
  const away = indexes.filter((i) => isAway(analyses[i]!))
  const inline = indexes.filter((i) => !away.includes(i))
  const progress = (done: number) => report({ stage: "analyse", done, total, unit: "layers" })

  const here = Effect.gen(function* () {
    if (inline.length === 0) return []
    const own = Object.fromEntries(inline.map((i, at) => [at, accumulators[i]!]))
    const reading = chunkRequests === undefined ? {} : { chunkRequests }
    const onLayer = away.length === 0 ? progress : undefined
    const states = yield* accumulateLayers(own, { from: 0, to: total }, reading, onLayer)
    return inline.map((_, at) => states[at])
  })

  const threads = Effect.gen(function* () {
    if (opener === undefined || away.length === 0) return []
    const modules = { opener: opener.module(), analyses: away.map((i) => analyses[i]!.module!()) }
    const jobs = layerRanges(total, 4).map((range): LayersJob => ({
      ...modules,
      location: opener.location,
      range,
      chunkRequests,
      options
    }))
    let done = 0
    const answers = yield* runAll(layersTask, jobs, (outcome, key) =>
      Effect.fromResult(outcome).pipe(
        Effect.mapError(toldFault),
        Effect.tap(() => {
          const { from, to } = jobs[key]!.range
          return Effect.sync(() => progress((done += to - from)))
        })
      )
    )
    return mergeAll(
      away.map((i) => accumulators[i]!),
      answers
    )
  })

  const [own, others] = yield* surfacePluginFaults(Effect.all([here, threads], { concurrency: 2 }))
  return yield* withPluginFaults(() =>
    accumulators.map((accumulator, i) =>
      accumulator.finish(away.includes(i) ? others[away.indexOf(i)] : own[inline.indexOf(i)])
    )
  )
})
