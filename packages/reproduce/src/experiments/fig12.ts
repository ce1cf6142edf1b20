import { given } from "@moira/core"
import type { Published, ReproducedRow } from "../document.ts"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import type { Reproduction } from "../reproduction.ts"
import {
  type Choice,
  hopReduction,
  hopsOverAll,
  meanMetric,
  meanRow,
  rowOf,
  speedupOver,
  studyRuns
} from "../study-runs.ts"

const machines = ["dojo", "tsmc-sow"]
const batches = [4096, 8192, 16_384]
const strategies = ["base", "ep", "pred", "allo", "allo+pred", "moira"]

type Runs = ReadonlyArray<RunResult>
const value = (v: number): Published => ({ value: v })
const overBase = (choice: Choice) => (runs: Runs) => speedupOver(runs, choice, "base")

const published: Readonly<Record<string, number>> = {
  "deepseek-v3": 7,
  "kimi-k2": 8.2,
  "llama4-maverick": 7.3,
  "qwen3-235b": 4.1
}

/** What the study prints of means over models; a fourth part is the project's own tolerance. */
const means: ReadonlyArray<
  readonly [what: string, published: Published | null, measure: (runs: Runs) => number | null, tolerance?: number]
> = [
  ["Allo+Pred over Base", value(6.6), overBase({ strategy: "allo+pred" })],
  ["Allo+Pred over Base, Dojo", value(6), overBase({ strategy: "allo+pred", machine: "dojo" })],
  ["Allo+Pred over Base, TSMC-SoW", value(7.5), overBase({ strategy: "allo+pred", machine: "tsmc-sow" })],
  ["Pred over Base", value(3), overBase({ strategy: "pred" })],
  ["Allo over Base", value(6.3), overBase({ strategy: "allo" })],
  [
    "Allo+Pred over EP, batch 4,096",
    value(1),
    (r) => speedupOver(r, { strategy: "allo+pred", batch: 4096 }, "ep"),
    0.1
  ],
  [
    "Allo+Pred over EP, batch 16,384",
    value(1.44),
    (r) => speedupOver(r, { strategy: "allo+pred", batch: 16_384 }, "ep"),
    0.2
  ],
  ["hops of Base over those of Pred", value(4.5), (r) => hopReduction(r, { strategy: "pred" })],
  ["hops of Base over those of Allo", value(142), (r) => hopReduction(r, { strategy: "allo" })],
  ["hops of Base over those of Allo+Pred", value(213), (r) => hopReduction(r, { strategy: "allo+pred" })],
  ["Moira over Base", null, overBase({ strategy: "moira" })],
  [
    "Moira over Allo+Pred, batch 16,384",
    null,
    (r) => speedupOver(r, { strategy: "moira", batch: 16_384 }, "allo+pred")
  ],
  ["Moira over EP, batch 4,096", null, (r) => speedupOver(r, { strategy: "moira", batch: 4096 }, "ep")],
  ["all hops of Base over all of Moira, in decode", null, (r) => hopsOverAll(r, "moira", ["hops"])],
  ["the same, copies made before decode counted", null, (r) => hopsOverAll(r, "moira", ["hops", "seed_hops"])]
]

const bound = (batch: number): readonly [what: string, measure: (runs: Runs) => number | null] => [
  `Moira's time over the lower bound, batch ${batch.toLocaleString("en-US")}`,
  (runs) => meanMetric(runs, { strategy: "moira", batch }, "lower_bound_ratio")
]

/** Figure 12: every bar, and the means that the study prints. */
export default {
  contract: "reproduction/v1",
  title: "Figure 12: throughput and hops of the wafer-scale GPU",
  claim: "Allo+Pred decodes 6.6 times as fast as Base on average and cuts hops 213-fold.",
  figures: ["throughput", "hops", "energy"],
  run: Effect.fnUntraced(function* (bench) {
    const request = { machines, strategies, batches }
    const all = yield* studyRuns(bench, request)
    const rows: Array<ReproducedRow> = means.map(([what, of, measure, tolerance]) =>
      meanRow(all, { what, unit: "times", published: of, ...given({ tolerance }) }, measure)
    )
    for (const batch of batches) {
      const [what, measure] = bound(batch)
      rows.push(meanRow(all, { what, unit: "times", published: null }, measure))
    }
    for (const runs of all) {
      const of = published[runs.subject.model.id]
      const row = {
        what: "Allo+Pred over Base",
        unit: "times",
        published: of === undefined ? null : value(of),
        tolerance: 0.35
      } as const
      rows.push(rowOf(runs, row, overBase({ strategy: "allo+pred" })))
    }
    for (const runs of all) {
      for (const machine of machines) {
        for (const batch of batches) {
          for (const strategy of strategies.slice(1)) {
            const what = `${strategy} over base, ${machine}, batch ${batch.toLocaleString("en-US")}`
            rows.push(rowOf(runs, { what, unit: "times", published: null }, overBase({ machine, batch, strategy })))
          }
        }
      }
    }
    const documents = yield* Effect.forEach(all, ({ subject }) => bench.simulation(subject.twin, request))
    const notes = [
      `${bench.options.steps} decode steps of twins of ${bench.options.requests} requests, used again and again to fill the batch; ` +
        `network ${bench.options.network}; 2 bytes a weight and no token traffic, as in the study; copies take the serving format's room.`,
      "Allo+Pred against Base chose one constant of the machines, outstandingFetches; nothing else was fitted to a published figure."
    ]
    return { rows, documents, notes }
  })
} satisfies Reproduction
