import type { ReproducedRow } from "../document.ts"
import { Effect } from "effect"
import { readings } from "../readings.ts"
import type { Reproduction } from "../reproduction.ts"
import { changes } from "../sensitivity-changes.ts"
import { sensitivityToReadings } from "../sensitivity-readings.ts"
import { meanMetric, rowOf, speedupOver, studyRuns } from "../study-runs.ts"

const strategies = ["base", "ep", "allo", "allo+pred", "moira"]
const batches = [16_384]
const machines = ["dojo"]

/** What strategies stand for that read the study otherwise. */
const otherReadings = readings.flatMap(({ of, otherwise }) =>
  otherwise.map(([strategy, how]) => `\`${strategy}\` reads ${of} otherwise: ${how}.`)
)

/** What the assumptions of the case study do to its result. */
export default {
  contract: "reproduction/v1",
  title: "Sensitivity: which assumptions carry the result",
  claim: "The study prints none of these; each line changes one assumption of Figure 12.",
  figures: [],
  run: Effect.fnUntraced(function* (bench) {
    const rows: Array<ReproducedRow> = [...(yield* sensitivityToReadings(bench))]
    for (const [what, change] of changes) {
      const all = yield* studyRuns(bench, { machines, batches, strategies, ...change }, ["deepseek-v3"])
      for (const runs of all) {
        const row = (of: string) => ({ what: `${what}: ${of}`, unit: "times", published: null }) as const
        for (const strategy of ["allo+pred", "moira"]) {
          rows.push(rowOf(runs, row(`${strategy} over base`), (r) => speedupOver(r, { strategy }, "base")))
        }
        rows.push(
          rowOf(runs, row("moira over ep"), (r) => speedupOver(r, { strategy: "moira" }, "ep")),
          rowOf(runs, row("moira's time over the lower bound"), (r) =>
            meanMetric(r, { strategy: "moira" }, "lower_bound_ratio")
          )
        )
      }
    }
    const notes = [
      "Rows of means read the study otherwise, strategy by strategy, on the machines and batches of Figure 12.",
      ...otherReadings,
      "Ties in Algorithm 1: of dies that would be done with a block at the same time the first takes it, holders first, then by load, then by id.",
      "Rows of DeepSeek-V3 that begin with a change of the machine or the run are of Dojo at batch 16,384 unless said otherwise.",
      "Dead dies hold and compute nothing and are routed around, dead links too; experts lie contiguously on the live dies."
    ]
    return { rows, documents: [], notes }
  })
} satisfies Reproduction
