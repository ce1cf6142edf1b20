/** What reading the study otherwise does: each named strategy on the runs of Figure 12. */
import { greatestOf, meanOfKnown } from "@moira/core/statistics"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import type { Bench } from "./bench.ts"
import type { ReproducedRow } from "./document.ts"
import {
  figure12,
  hopsOverAll,
  meanRow,
  rowOf,
  speedupOver,
  studyRuns,
  type StudyRuns,
  togetherRow
} from "./study-runs.ts"

/** The study's strategies and those that read it otherwise. */
export const strategiesRead: ReadonlyArray<string> = [
  "base",
  "base-blocks",
  "ep",
  "allo",
  "allo-shares",
  "allo-high-ids",
  "pred",
  "pred-late",
  "pred-unlimited",
  "allo+pred",
  "allo-shares+pred",
  "allo-high-ids+pred",
  "allo+pred-late"
]

/** Strategies that decide otherwise than EP does: what they gain over it is part of the study. */
const allocating = strategiesRead.filter((name) => name.startsWith("allo"))

type Runs = ReadonlyArray<RunResult>

const timesOf = (runs: Runs, strategy: string): ReadonlyMap<string, number> =>
  new Map(
    runs
      .filter((run) => run.strategy.name === strategy)
      .map((run) => [`${run.machine.name} ${run.batch}`, run.metrics["time_ps"]!])
  )

/** By how many per cent the time of a run changes, at most or on average, when another strategy takes its place. */
const change =
  (from: string, to: string, of: (changes: ReadonlyArray<number>) => number | null) =>
  (runs: Runs): number | null => {
    const [before, after] = [timesOf(runs, from), timesOf(runs, to)]
    return of([...before].map(([key, ps]) => 100 * Math.abs(after.get(key)! / ps - 1)))
  }

const largest = (changes: ReadonlyArray<number>): number | null => (changes.length === 0 ? null : greatestOf(changes))

const rowsOf = (all: ReadonlyArray<StudyRuns>): ReadonlyArray<ReproducedRow> => {
  const times = (what: string) => ({ what, unit: "times", published: null }) as const
  const percent = (what: string) => ({ what, unit: "percent", published: null }) as const
  const dealt = times("allo+pred over base-blocks")
  const inBlocks = (runs: Runs) => speedupOver(runs, { strategy: "allo+pred" }, "base-blocks")
  return [
    ...strategiesRead
      .slice(1)
      .map((strategy) =>
        meanRow(all, times(`${strategy} over base`), (runs) => speedupOver(runs, { strategy }, "base"))
      ),
    ...strategiesRead
      .slice(1)
      .map((strategy) =>
        togetherRow(all, times(`hops of base over those of ${strategy}`), (runs) =>
          hopsOverAll(runs, strategy, ["hops"])
        )
      ),
    ...allocating.flatMap((strategy) =>
      [4096, 16_384].map((batch) =>
        meanRow(all, times(`${strategy} over ep, batch ${batch.toLocaleString("en-US")}`), (runs) =>
          speedupOver(runs, { strategy, batch }, "ep")
        )
      )
    ),
    meanRow(all, dealt, inBlocks),
    ...all.map((runs) => rowOf(runs, dealt, inBlocks)),
    ...["allo", "allo+pred"].flatMap((strategy) => {
      const other = strategy.replace("allo", "allo-high-ids")
      const what = `time of ${strategy} changes when ties go to higher ids`
      return [
        meanRow(all, percent(`${what}, mean of runs`), change(strategy, other, meanOfKnown)),
        meanRow(all, percent(`${what}, largest of runs`), change(strategy, other, largest))
      ]
    })
  ]
}

/** Rows of all models; a strategy without hops has no ratio of them. */
export const sensitivityToReadings = Effect.fn("reproduce.sensitivityToReadings")(function* (bench: Bench) {
  // Most of these were simulated for Figure 12.
  const strategies = strategiesRead.filter((name) => !figure12.strategies.includes(name))
  const shared = yield* studyRuns(bench, figure12)
  const others = yield* studyRuns(bench, { ...figure12, strategies })
  const all = shared.map(({ subject, twin, real }, i): StudyRuns => {
    const other = others[i]!
    return { subject, twin: [...twin, ...other.twin], real: real && [...real, ...(other.real ?? [])] }
  })
  return rowsOf(all).map((row) =>
    row.twin === null && row.real === null ? { ...row, why: "no hops at all, so no ratio" } : row
  )
})
