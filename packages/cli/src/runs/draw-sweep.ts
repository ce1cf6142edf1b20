/** The report of a sweep, where its document says what is drawn. */
import { given, type Plugins } from "@moira/core"
import { writeFiles } from "@moira/core/node"
import { compare, type ExperimentDocument } from "@moira/pipeline"
import { writeReport } from "@moira/report/node"
import { documentText } from "@moira/results"
import { Effect } from "effect"
import { reportFormats } from "../flags/shared.ts"
import { readResults } from "../inputs/results.ts"
import { note } from "../terminal/output.ts"

/** Whether a document asks for a report of its points; placements and patterns have a report each, not one together. */
export const isDrawn = ({ draw, stages, run }: ExperimentDocument): boolean =>
  (draw !== undefined || stages?.reporter !== undefined) && (run === "simulate" || run === "offload")

/** Compares the points in a sweep's folder as its document says, and writes the report there. */
export const drawSweep = Effect.fn("cli.drawSweep")(function* (
  out: string,
  { draw = {}, stages }: ExperimentDocument
): Effect.fn.Return<void, Error, Plugins> {
  const { by, against, baseline } = draw
  const { documents, missing } = yield* readResults([out])
  const document = yield* Effect.fromResult(compare(documents, { ...given({ by, against, baseline }), missing }))
  for (const warning of document.comparison.warnings) yield* note(`warning: ${warning}`)
  const { reporter = reportFormats } = stages ?? {}
  const formats = typeof reporter === "string" ? [reporter] : reporter
  const written = yield* writeFiles(out, new Map([["comparison.json", documentText(document)]]))
  const report = yield* writeReport({ documents: [document], out, formats })
  yield* note(`wrote ${[...written, ...report].join(", ")}`)
})
