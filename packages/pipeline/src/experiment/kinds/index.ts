/** Every word that `run` may say. */
import { Effect } from "effect"
import type { OpenedSource } from "../inputs.ts"
import type { ExperimentDocument, RunKind } from "../schema.ts"
import type { ExperimentRun } from "./kind.ts"
import simulate from "./simulate.ts"

const runs: Partial<{ readonly [K in RunKind]: ExperimentRun<K> }> = { simulate }

/** How a document's points are made and what its result is called. */
export const runOf = (document: ExperimentDocument): ExperimentRun => runs[document.run] as ExperimentRun

/** Resolves every name of one point's document; nothing is computed. */
export const preparePoint = Effect.fn("experiment.prepare")(function* (
  document: ExperimentDocument,
  source: OpenedSource
) {
  return yield* runOf(document).prepare(document, source)
})
