import type { ReproducedRow } from "../document.ts"
import { dojo, tsmcSow, type WaferSpec } from "@moira/wafer"
import { Effect } from "effect"
import type { StudyRequest } from "../bench.ts"
import type { Reproduction } from "../reproduction.ts"
import { meanMetric, rowOf, speedupOver, studyRuns } from "../study-runs.ts"

const strategies = ["base", "ep", "allo", "allo+pred", "moira"]
const batches = [16_384]
const machines = ["dojo"]

/** One line: what is changed, and the request that changes it. */
type Change = readonly [what: string, change: Partial<StudyRequest>]

/** Dojo with parts of its spec replaced. */
const wafer = (what: string, parts: Partial<WaferSpec>, from: WaferSpec = dojo): Change => [
  what,
  { machines: [{ name: what, spec: { ...from, ...parts } }] }
]

const { llcBytes: _bytes, llcHitPs: _hit, llcMissPs: _miss, ...withoutLlc } = dojo

/** What is changed, one at a time. */
export const changes: ReadonlyArray<Change> = [
  ["as in the study", {}],
  wafer("4 fetches in flight", { outstandingFetches: 4 }),
  wafer("64 fetches in flight", { outstandingFetches: 64 }),
  ["blocks of 25 requests", { blockTokens: 25 }],
  ["blocks of 200 requests", { blockTokens: 200 }],
  ["closed form instead of events", { network: "bottleneck" }],
  ["no contention", { network: "ideal" }],
  ["1 byte a weight", { bytesPerWeight: 1 }],
  ["activations modelled", { tokenTraffic: "modelled" }],
  ["decided on the host", { controller: "host-cpu" }],
  wafer("links twice as wide", { linkBytesPerSec: 2 * dojo.linkBytesPerSec }),
  wafer("memory twice as fast", { hbmBytesPerSec: 2 * dojo.hbmBytesPerSec }),
  wafer("memory half as large", { hbmBytes: dojo.hbmBytes / 2 }),
  wafer("memory twice as large", { hbmBytes: 2 * dojo.hbmBytes }),
  wafer("no last-level cache", {}, withoutLlc),
  wafer("arithmetic twice as fast", { flopsPerSec: 2 * dojo.flopsPerSec }),
  ["a mesh of 3 x 8", { machines: ["tsmc-sow"] }],
  wafer("a mesh of 2 x 12", { columns: 2, rows: 12 }, tsmcSow),
  wafer("a row of 25 dies", { columns: 25, rows: 1 }),
  wafer("a torus", { topology: "torus" }),
  wafer("routed Y first", { routing: "yx" }),
  wafer("half of the pairs routed each way (O1TURN)", { routing: "o1turn" }),
  wafer("the middle die dead", { deadDies: [[2, 2]] }),
  wafer("a corner die dead", { deadDies: [[0, 0]] }),
  wafer("a middle link dead", {
    deadLinks: [
      [
        [1, 2],
        [2, 2]
      ]
    ]
  }),
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
    const notes =
      rows.length === 0
        ? ["DeepSeek-V3 is not among the models asked for."]
        : [
            "DeepSeek-V3, batch 16,384, Dojo unless said otherwise.",
            "Dead dies hold and compute nothing and are routed around, dead links too; experts lie contiguously on the live dies."
          ]
    return { rows, documents: [], notes }
  })
} satisfies Reproduction
