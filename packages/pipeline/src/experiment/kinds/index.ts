/** Every word that `run` may say. */
import { Effect } from "effect"
import type { OpenedSource } from "../inputs.ts"
import type { ExperimentDocument, RunKind } from "../schema.ts"
import advise from "./advise.ts"
import analyze from "./analyze.ts"
import forecast from "./forecast.ts"
import type { ExperimentRun } from "./kind.ts"
import offload from "./offload.ts"
import place from "./place.ts"
import simulate from "./simulate.ts"

const runs: { readonly [K in RunKind]: ExperimentRun<K> } = { simulate, offload, place, advise, analyze, forecast }

/** How a document's points are made and what its result is called. */
const runOf = (document: ExperimentDocument): ExperimentRun => runs[document.run] as ExperimentRun

/** Resolves every name of one point's document; nothing is computed. */
export const preparePoint = Effect.fn("experiment.prepare")(function* (
  document: ExperimentDocument,
  source: OpenedSource
) {
  return yield* runOf(document).prepare(document, source)
})
