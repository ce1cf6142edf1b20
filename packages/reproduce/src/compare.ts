/** Rows of a comparison from analyses: the same measure on the twin and on the real trace. */
import type { AnalysisDocument } from "@moira/results"
import type { Published, ReproducedRow } from "./document.ts"
import { Effect } from "effect"
import type { Bench, Subject } from "./bench.ts"
import type { Outcome } from "./reproduction.ts"

/** One thing to measure in an analysis; `null` where the trace cannot answer. */
export interface Measure {
  readonly what: string
  readonly unit: ReproducedRow["unit"]
  readonly published: (subject: Subject) => Published | null
  readonly of: (document: AnalysisDocument, subject: Subject) => number | null | undefined
}

/** A published number for each model, by catalogue id. */
export const byModel =
  (values: Readonly<Record<string, number>>) =>
  ({ model }: Subject): Published | null => {
    const value = values[model.id]
    return value === undefined ? null : { value }
  }

/** Measures every subject of the bench; rows go by model, then by measure. */
export const compareAnalyses = Effect.fn("reproduce.compareAnalyses")(function* (
  bench: Bench,
  measures: ReadonlyArray<Measure>,
  notes: ReadonlyArray<string> = []
) {
  const rows: Array<ReproducedRow> = []
  const documents: Array<AnalysisDocument> = []
  for (const subject of bench.subjects) {
    const twin = yield* bench.analysis(subject.twin)
    const real = subject.real === undefined ? undefined : yield* bench.analysis(subject.real)
    documents.push(twin, ...(real === undefined ? [] : [real]))
    for (const { what, unit, published, of } of measures) {
      rows.push({
        model: subject.model.title,
        what,
        unit,
        published: published(subject),
        twin: of(twin, subject) ?? null,
        real: real === undefined ? null : (of(real, subject) ?? null)
      })
    }
  }
  return { rows, documents, notes } satisfies Outcome
})
