import { basePieces } from "@moira/allocation"
import { given } from "@moira/core"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import type { Published, ReproducedRow } from "../document.ts"
import type { Reproduction } from "../reproduction.ts"
import {
  type Choice,
  figure12,
  hopReduction,
  hopsOverAll,
  meanMetric,
  meanRow,
  rowOf,
  speedupOver,
  studyRuns,
  type StudyRuns,
  togetherRow
} from "../study-runs.ts"

const { machines, batches, strategies } = figure12

type Runs = ReadonlyArray<RunResult>
type Measure = (runs: Runs) => number | null
const value = (v: number): Published => ({ value: v })
const overBase = (choice: Choice) => (runs: Runs) => speedupOver(runs, choice, "base")
const overEp = (strategy: string, batch: number) => (runs: Runs) => speedupOver(runs, { strategy, batch }, "ep")
const allHops = (strategy: string) => (runs: Runs) => hopsOverAll(runs, strategy, ["hops"])
const meanHops = (strategy: string) => (runs: Runs) => hopReduction(runs, { strategy })

const published: Readonly<Record<string, number>> = {
  "deepseek-v3": 7,
  "kimi-k2": 8.2,
  "llama4-maverick": 7.3,
  "qwen3-235b": 4.1
}

/** What the study prints of means over models; a fourth part is the project's own tolerance. */
const means: ReadonlyArray<readonly [what: string, published: Published | null, measure: Measure, tolerance?: number]> =
  [
    ["Allo+Pred over Base", value(6.6), overBase({ strategy: "allo+pred" })],
    ["Allo+Pred over Base, Dojo", value(6), overBase({ strategy: "allo+pred", machine: "dojo" })],
    ["Allo+Pred over Base, TSMC-SoW", value(7.5), overBase({ strategy: "allo+pred", machine: "tsmc-sow" })],
    ["Allo over Base", value(6.3), overBase({ strategy: "allo" })],
    ["Pred over Base", value(3), overBase({ strategy: "pred" })],
    ["Pred over Base, capacity ignored, 64 candidates", null, overBase({ strategy: "pred-unlimited" })],
    ["Allo+Pred over EP, batch 4,096", value(1), overEp("allo+pred", 4096), 0.1],
    ["Allo+Pred over EP, batch 16,384", value(1.44), overEp("allo+pred", 16_384), 0.1],
    ["hops of Base over those of Allo, mean of runs", null, meanHops("allo")],
    ["hops of Base over those of Allo+Pred, mean of runs", null, meanHops("allo+pred")],
    ["hops of Base over those of Pred, mean of runs", null, meanHops("pred")],
    ["Moira over Base", null, overBase({ strategy: "moira" })],
    [
      "Moira over Allo+Pred, batch 16,384",
      null,
      (r) => speedupOver(r, { strategy: "moira", batch: 16_384 }, "allo+pred")
    ],
    ["Moira over EP, batch 4,096", null, overEp("moira", 4096)]
  ]

/** Ratios of totals. */
const totals: typeof means = [
  ["hops of Base over those of Allo", value(142), allHops("allo"), 0.3],
  ["hops of Base over those of Allo+Pred", value(213), allHops("allo+pred"), 0.3],
  ["hops of Base over those of Pred", value(4.5), allHops("pred")],
  ["hops of Base over those of Pred, capacity ignored, 64 candidates", null, allHops("pred-unlimited")],
  ["hops of Base over those of Moira, in decode", null, allHops("moira")]
]

const bound = (batch: number): readonly [what: string, measure: Measure] => [
  `Moira's time over the lower bound, batch ${batch.toLocaleString("en-US")}`,
  (runs) => meanMetric(runs, { strategy: "moira", batch }, "lower_bound_ratio")
]

/** The study's bar of one model. */
const modelRow = (runs: StudyRuns): ReproducedRow => {
  const of = published[runs.subject.model.id]
  const row = { what: "Allo+Pred over Base", unit: "times", published: of === undefined ? null : value(of) } as const
  return rowOf(runs, row, overBase({ strategy: "allo+pred" }))
}

/** Every bar, which the study draws without a number. */
const barRows = (runs: StudyRuns): ReadonlyArray<ReproducedRow> =>
  machines.flatMap((machine) =>
    batches.flatMap((batch) =>
      strategies.slice(1).map((strategy) => {
        const what = `${strategy} over base, ${machine}, batch ${batch.toLocaleString("en-US")}`
        return rowOf(runs, { what, unit: "times", published: null }, overBase({ machine, batch, strategy }))
      })
    )
  )

/** What real traces say where the study has a bar of their model. */
const realNotes = (all: ReadonlyArray<StudyRuns>): ReadonlyArray<string> =>
  all.flatMap((runs) => {
    const { model, real, published: of } = modelRow(runs)
    if (real === null || of === null || !("value" in of)) return []
    return [
      `On the real traces of ${model} at hand Allo+Pred is ${real.toFixed(1)} x as fast as Base; the study has ${of.value} x on its own.`
    ]
  })

const notesOf = (all: ReadonlyArray<StudyRuns>, requests: number, steps: number, network: string) => [
  `One constant is fitted: basePieces = ${basePieces}, the pieces that Base cuts an expert into, chosen by the first row's mean alone. ` +
    "Every other number comes from Table I, from measurements of one H100, or follows from these. How the study is read, with the place in its text: README.md.",
  "Pred is not reproduced. With as much memory as Table I leaves, copies of a layer fit for a part of what a die reads, and with 4 pieces an expert is " +
    "read 4 times from one memory or another, which bounds Pred near 2.3 x. Ignoring capacity, with 64 candidates of each heatmap row, hops come to the published ones and speed does not; no such machine can be built.",
  "Hops are ratios of totals over models, machines and batches. At batch 4,096 Allo moves next to nothing, so means of ratios are as large as one likes; the study does not say which mean it takes.",
  `${steps} decode steps of twins of ${requests} requests, used again and again to fill the batch; network ${network}; 2 bytes a weight and no token traffic, ` +
    "as in the study; copies take the serving format's room.",
  ...realNotes(all)
]

/** Figure 12: every bar, and the means that the study prints. */
export default {
  contract: "reproduction/v1",
  title: "Figure 12: throughput and hops of the wafer-scale GPU",
  claim: "Allo+Pred decodes 6.6 times as fast as Base on average and cuts hops 213-fold.",
  figures: ["throughput", "hops", "energy"],
  run: Effect.fnUntraced(function* (bench) {
    const all = yield* studyRuns(bench, figure12)
    const times = { unit: "times", published: null } as const
    const rows: ReadonlyArray<ReproducedRow> = [
      ...means.map(([what, of, measure, tolerance]) =>
        meanRow(all, { ...times, what, published: of, ...given({ tolerance }) }, measure)
      ),
      ...totals.map(([what, of, measure, tolerance]) =>
        togetherRow(all, { ...times, what, published: of, ...given({ tolerance }) }, measure)
      ),
      ...batches.map(bound).map(([what, measure]) => meanRow(all, { ...times, what }, measure)),
      ...all.map(modelRow),
      ...all.flatMap(barRows)
    ]
    const documents = yield* Effect.forEach(all, ({ subject }) => bench.simulation(subject.twin, figure12))
    const { requests, steps, network } = bench.options
    return { rows, documents, notes: notesOf(all, requests, steps, network) }
  })
} satisfies Reproduction
