/** Runs the temporal and spatial analyses over the provided trace. */
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { accumulate, type AnalysisDocument, traceContext, TraceStore, version } from "@moira/trace"
import { Effect } from "effect"
import { inputOf } from "./input.ts"

export interface AnalyseOptions {
  readonly only: ReadonlyArray<"temporal" | "spatial">
  /** Real numbers of the layers to draw; a lower, a middle and an upper one when left out. */
  readonly layers?: ReadonlyArray<number>
  readonly heldOutShare: number
  readonly seed: number
}

export const analyse = Effect.fn("cli.analyse")(function* (options: AnalyseOptions) {
  const store = yield* TraceStore
  const context = yield* traceContext
  const { seed, heldOutShare } = options
  const shared = {
    split: { seed, heldOutShare },
    seed,
    ...(options.layers === undefined ? {} : { layers: options.layers })
  }
  const results = yield* accumulate({
    ...(options.only.includes("temporal") ? { temporal: temporal(context, shared) } : {}),
    ...(options.only.includes("spatial") ? { spatial: spatial(context, shared) } : {})
  })
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
