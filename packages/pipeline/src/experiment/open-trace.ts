/** The trace or counts of a document, open as long as the scope. */
import { given } from "@moira/core"
import { Effect } from "effect"
import { ExperimentInputs, type OpenedSource } from "./inputs.ts"
import type { ExperimentDocument } from "./schema.ts"

/** Errors are those of whoever reads. `place` and `advise` take a recorder's counts as they are; others read them as a store. */
export const openTrace = Effect.fnUntraced(function* (document: ExperimentDocument) {
  const inputs = yield* ExperimentInputs
  const { trace, run, stages } = document
  const { counts } = trace
  if (counts === undefined || (run !== "place" && run !== "advise") || inputs.what(counts) === "counts")
    return yield* inputs.open(trace, stages?.source)
  const asked = given({ model: document.options?.model, workload: document.options?.workload })
  const { input } = yield* inputs.counts(counts, asked)
  return { kind: "recording", name: counts, contentSha256: input.contentSha256 } satisfies OpenedSource
})
