/** `moira sweep --dry-run`: which points there are, and how long those take that are left. */
import { type ExperimentDocument, estimateSweep, planExperiment, type PlannedPoint } from "@moira/pipeline"
import type { SweepPoint } from "@moira/results"
import { Effect, Result } from "effect"
import { print, printJson } from "../terminal/output.ts"
import { estimateText, sweepText } from "../terminal/sweep-text.ts"

/** The head of its key, or why a point cannot be. */
const resultText = ({ key, prepared }: PlannedPoint): string =>
  Result.isFailure(prepared) ? `cannot be: ${prepared.failure.what}` : key.slice(0, 12)

/** `file` is what messages call the document. Nothing is computed. */
export const tellPlan = Effect.fn("cli.tellPlan")(function* (
  document: ExperimentDocument,
  file: string,
  json: boolean
) {
  const { points, fields } = yield* planExperiment(document, file)
  const estimate = yield* estimateSweep({ document, fields, points })
  if (json) {
    const list = points.map(({ key, at }) => ({ key, at }))
    return yield* printJson({ schema: "moira-sweep-plan/1", ...estimate, list })
  }
  const waiting = points.map(({ key, at }) => ({ key, at: at as SweepPoint["at"], state: "waiting" as const }))
  const told = new Map(points.map((point) => [point.key, resultText(point)]))
  yield* print(sweepText({ schema: "moira-sweep/1", moira: "", run: document.run, fields, points: waiting }, told))
  yield* print(estimateText(estimate))
})
