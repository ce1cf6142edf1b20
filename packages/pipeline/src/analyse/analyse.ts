/** Runs the temporal and spatial analyses over the provided trace. */
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { accumulateParallel } from "@moira/trace/node"
import { type Analysis, traceContext, TraceStore } from "@moira/trace"
import { type AnalysisDocument } from "@moira/results"
import { surfacePluginFaults, version, withPluginFaults } from "@moira/core"
import { Effect } from "effect"
import { inputOf } from "../document.ts"
import { ownAccumulators, ownDocuments } from "./own.ts"

/** Ob1 to Ob3, drift and reuse; Ob4 and Ob5. */
export type AnalysisName = "temporal" | "spatial"

export interface AnalyseOptions {
  readonly analyses: ReadonlyArray<AnalysisName>
  /** Real numbers of the layers to draw; a lower, a middle and an upper one when left out. */
  readonly layers?: ReadonlyArray<number>
  /** Share of the requests that judge what the others chose. */
  readonly heldOutShare: number
  readonly seed: number
  /** Directory of the store, for the runner's threads to open; all in this thread when left out. */
  readonly store?: string
  /** Analyses of other makers, in the same pass; they run in this thread. */
  readonly own?: ReadonlyArray<Analysis>
}

const accumulators = new URL(import.meta.resolve("@moira/pipeline/accumulators")).href

/** Ids below which threads take longer to start than the analysis takes. */
const fewIds = 10_000_000

/**
 * What the provided trace shows, and a document of its own kind for each analysis of another maker; analyses that were not
 * asked for are `null`. The result does not depend on threads.
 */
export const analyseAll = Effect.fn("pipeline.analyseAll")(function* (options: AnalyseOptions) {
  const store = yield* TraceStore
  const context = yield* traceContext
  const { seed, heldOutShare, own = [] } = options
  const shared = {
    split: { seed, heldOutShare },
    seed,
    ...(options.layers === undefined ? {} : { layers: options.layers })
  }
  const { layers, counts, model } = store.manifest
  const ids = (counts.prefillTokens + counts.decodeTokens) * layers.length * model.topK
  const source = (name: "temporal" | "spatial") => ({ module: accumulators, name, options: shared })
  const run = accumulateParallel(
    {
      ...(options.analyses.includes("temporal") ? { temporal: temporal(context, shared) } : {}),
      ...(options.analyses.includes("spatial") ? { spatial: spatial(context, shared) } : {}),
      ...(yield* withPluginFaults(() => ownAccumulators(own, context, shared)))
    },
    {
      ...(ids < fewIds || options.store === undefined ? {} : { store: options.store }),
      sources: { temporal: source("temporal"), spatial: source("spatial") }
    }
  )
  const results = yield* surfacePluginFaults(run)
  const input = inputOf(store)
  const document: AnalysisDocument = {
    schema: "moira-analysis/1",
    moira: version,
    input,
    seed,
    heldOutShare,
    temporal: results.temporal ?? null,
    spatial: results.spatial ?? null
  }
  return { document, own: ownDocuments(own, results, input, shared) }
})

/** What the provided trace shows, without analyses of other makers. */
export const analyse = (options: Omit<AnalyseOptions, "own">) =>
  Effect.map(analyseAll(options), ({ document }) => document)
