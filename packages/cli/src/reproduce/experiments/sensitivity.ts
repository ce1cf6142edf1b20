import type { ReproducedRow } from "@moira/trace"
import { Effect } from "effect"
import type { StudyRequest } from "../bench.ts"
import type { Reproduction } from "../reproduction.ts"
import { meanMetric, rowOf, speedupOver, studyRuns } from "../study-runs.ts"

const strategies = ["base", "ep", "allo", "allo+pred", "moira"]
const batches = [16_384]
const machines = ["dojo"]

/** What is changed, one at a time. */
const changes: ReadonlyArray<readonly [what: string, change: Partial<StudyRequest>]> = [
  ["as in the study", {}],
  ["4 fetches in flight", { changes: ["outstandingFetches=4"] }],
  ["64 fetches in flight", { changes: ["outstandingFetches=64"] }],
  ["closed form instead of events", { network: "bottleneck" }],
  ["no contention", { network: "ideal" }],
  ["1 byte a weight", { bytesPerWeight: 1 }],
  ["activations modelled", { tokenTraffic: "modelled" }],
  ["links twice as wide", { changes: ["linkBytesPerSec=3.4e12"] }],
  ["memory twice as fast", { changes: ["hbmBytesPerSec=6.7e12"] }],
  ["memory half as large", { changes: ["hbmBytes=40e9"] }],
  ["arithmetic twice as fast", { changes: ["flopsPerSec=1978e12"] }],
  ["a mesh of 3 x 8", { machines: ["tsmc-sow"] }],
  ["Dojo-Enhanced", { machines: ["dojo-enhanced"] }]
]

/** What the assumptions of the case study do to its result. */
export default {
  contract: "reproduction/v1",
  title: "Sensitivity: which assumptions carry the result",
  claim: "The study prints none of these; each line changes one assumption of Figure 12.",
  figures: [],
  run: Effect.fnUntraced(function* (bench) {
    const rows: Array<ReproducedRow> = []
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
    return { rows, documents: [], notes: ["DeepSeek-V3, batch 16,384, Dojo unless said otherwise."] }
  })
} satisfies Reproduction
