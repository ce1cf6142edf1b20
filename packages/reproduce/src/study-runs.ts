/** Runs of the wafer case study, and ratios between them. */
import { meanOfKnown } from "@moira/core/statistics"
import type { ReproducedRow } from "./document.ts"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import type { Bench, StoreAt, StudyRequest, Subject } from "./bench.ts"

/** A choice of runs by machine, batch and strategy; what is left out may be anything. */
export interface Choice {
  readonly machine?: string
  readonly batch?: number
  readonly strategy: string
}

const chosen = (run: RunResult, { machine, batch, strategy }: Choice): boolean =>
  run.strategy.name === strategy &&
  (machine === undefined || run.machine.name === machine) &&
  (batch === undefined || run.batch === batch)

/** A metric of the chosen runs, each beside the same metric of another strategy on the same machine and batch. */
const besideOther = (runs: ReadonlyArray<RunResult>, choice: Choice, other: string, id: string) =>
  runs
    .filter((run) => chosen(run, choice))
    .flatMap((run) => {
      const same = runs.find((r) => chosen(r, { machine: run.machine.name, batch: run.batch, strategy: other }))
      const [ours, theirs] = [run, same].map((r) => r?.metrics[id])
      return ours === undefined || theirs === undefined ? [] : [[ours, theirs] as const]
    })

/** Throughput of the chosen runs over another strategy's on the same machine and batch, averaged; `null` without any. */
export const speedupOver = (runs: ReadonlyArray<RunResult>, choice: Choice, other: string): number | null =>
  meanOfKnown(besideOther(runs, choice, other, "throughput_tokens_per_s").map(([ours, theirs]) => ours / theirs))

/** Hops of base over those of the chosen runs, averaged; runs without hops have no finite ratio and are left out. */
export const hopReduction = (runs: ReadonlyArray<RunResult>, choice: Choice): number | null =>
  meanOfKnown(besideOther(runs, choice, "base", "hops").flatMap(([ours, base]) => (ours > 0 ? [base / ours] : [])))

/**
 * All hops of base over all hops of a strategy, on the same machines and batches, `ids` added up: unlike a mean of ratios it
 * says nothing wild where a run has hardly any. `null` where the strategy has none.
 */
export const hopsOverAll = (
  runs: ReadonlyArray<RunResult>,
  strategy: string,
  ids: ReadonlyArray<string>
): number | null => {
  const total = (name: string) =>
    runs
      .filter((run) => chosen(run, { strategy: name }))
      .reduce((sum, { metrics }) => ids.reduce((all, id) => all + (metrics[id] ?? 0), sum), 0)
  return total(strategy) > 0 ? total("base") / total(strategy) : null
}

/** The mean of a metric over the chosen runs. */
export const meanMetric = (runs: ReadonlyArray<RunResult>, choice: Choice, id: string): number | null =>
  meanOfKnown(runs.filter((run) => chosen(run, choice)).flatMap((run) => run.metrics[id] ?? []))

/** What Figure 12 asks for; whoever asks again gets the same runs. */
export const figure12 = {
  machines: ["dojo", "tsmc-sow"],
  strategies: ["base", "ep", "pred", "pred-unlimited", "allo", "allo+pred", "moira"],
  batches: [4096, 8192, 16_384]
} satisfies StudyRequest

/** The runs of one subject. */
export interface StudyRuns {
  readonly subject: Subject
  readonly twin: ReadonlyArray<RunResult>
  readonly real: ReadonlyArray<RunResult> | undefined
}

/** Runs every subject of the bench, on its twin and on its real trace. */
export const studyRuns = Effect.fn("reproduce.studyRuns")(function* (
  bench: Bench,
  request: StudyRequest,
  models?: ReadonlyArray<string>
) {
  const subjects = bench.subjects.filter(({ model }) => models === undefined || models.includes(model.id))
  const runsOf = (store: StoreAt) => Effect.map(bench.simulation(store, request), ({ runs }) => runs)
  return yield* Effect.forEach(subjects, (subject) =>
    Effect.gen(function* () {
      const twin = yield* runsOf(subject.twin)
      const real = subject.real === undefined ? undefined : yield* runsOf(subject.real)
      return { subject, twin, real } satisfies StudyRuns
    })
  )
})

/** What a row says of itself before anything is measured. */
type RowHead = Pick<ReproducedRow, "what" | "unit" | "published" | "tolerance">

/** One row from the same measure on the twin's and on the real trace's runs. */
export const rowOf = (
  { subject, twin, real }: StudyRuns,
  row: RowHead,
  measure: (runs: ReadonlyArray<RunResult>) => number | null
): ReproducedRow => ({
  model: subject.model.title,
  ...row,
  twin: measure(twin),
  real: real === undefined ? null : measure(real)
})

const nameOf = (what: string, { length }: ReadonlyArray<StudyRuns>): string =>
  `${what} of ${length} ${length === 1 ? "model" : "models"}`

/** A measure of the runs of all models together, such as a ratio of totals. */
export const togetherRow = (
  all: ReadonlyArray<StudyRuns>,
  row: RowHead,
  measure: (runs: ReadonlyArray<RunResult>) => number | null
): ReproducedRow => {
  const real = all.flatMap((runs) => runs.real ?? [])
  return {
    model: nameOf("all runs", all),
    ...row,
    twin: measure(all.flatMap(({ twin }) => twin)),
    real: real.length === 0 ? null : measure(real)
  }
}

/** The mean of a measure over all models. */
export const meanRow = (
  all: ReadonlyArray<StudyRuns>,
  row: RowHead,
  measure: (runs: ReadonlyArray<RunResult>) => number | null
): ReproducedRow => {
  const mean = (side: "twin" | "real") =>
    meanOfKnown(
      all.flatMap((runs) => {
        const of = runs[side]
        const value = of === undefined ? null : measure(of)
        return value === null ? [] : [value]
      })
    )
  return {
    model: nameOf("mean", all),
    ...row,
    twin: mean("twin"),
    real: mean("real")
  }
}
