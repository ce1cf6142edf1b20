/** Runs the temporal and spatial analyses over the provided trace. */
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { accumulateParallel } from "@moira/trace/node"
import { traceContext, TraceStore } from "@moira/trace"
import { type AnalysisDocument } from "@moira/results"
import { version } from "@moira/core"
import { Effect } from "effect"
import { inputOf } from "../document.ts"

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
}

const accumulators = new URL(import.meta.resolve("@moira/pipeline/accumulators")).href

/** Ids below which threads take longer to start than the analysis takes. */
const fewIds = 10_000_000

/** What the provided trace shows; analyses that were not asked for are `null`. The result does not depend on threads. */
export const analyse = Effect.fn("pipeline.analyse")(function* (options: AnalyseOptions) {
  const store = yield* TraceStore
  const context = yield* traceContext
  const { seed, heldOutShare } = options
  const shared = {
    split: { seed, heldOutShare },
    seed,
    ...(options.layers === undefined ? {} : { layers: options.layers })
  }
  const { layers, counts, model } = store.manifest
  const ids = (counts.prefillTokens + counts.decodeTokens) * layers.length * model.topK
  const source = (name: "temporal" | "spatial") => ({ module: accumulators, name, options: shared })
  const results = yield* accumulateParallel(
    {
      ...(options.analyses.includes("temporal") ? { temporal: temporal(context, shared) } : {}),
      ...(options.analyses.includes("spatial") ? { spatial: spatial(context, shared) } : {})
    },
    {
      ...(ids < fewIds || options.store === undefined ? {} : { store: options.store }),
      sources: { temporal: source("temporal"), spatial: source("spatial") }
    }
  )
  const document: AnalysisDocument = {
    schema: "moira-analysis/1",
    moira: version,
    input: inputOf(store),
    seed,
    heldOutShare,
    temporal: results.temporal ?? null,
    spatial: results.spatial ?? null
  }
  return document
})
