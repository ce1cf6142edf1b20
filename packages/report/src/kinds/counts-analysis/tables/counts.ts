import type { CountsPhases } from "@moira/results"
import { countsOf } from "../found.ts"
import { metricOf } from "../../../metric.ts"
import { column, table } from "../../../table.ts"

/** Popularity of each workload of a counts store, means over layers. */
export const countsMeans = table({ id: "counts_means", section: "spatial", place: "open" }, (evidence) => ({
  title: "Popularity by workload, means over layers that are not degenerate",
  columns: [
    column("workload", "Workload", "text"),
    column("phase", "Phase", "text"),
    column("steps", "Recorded steps", "whole"),
    column("selections", "Selections", "compact"),
    column("layers", "Layers", "text"),
    column("skew_max_over_mean", metricOf("skew_max_over_mean").title, "factor"),
    column("gini", "Gini", "real"),
    column("entropy_bits", "Entropy (bits)", "real"),
    column("coverage_in_sample", "Top 20 % of experts", "share"),
    column("coverage_held_out", "Held out", "share")
  ],
  rows: (countsOf(evidence)?.workloads ?? []).map(({ workload, phase, steps, selections, layers, mean }) => [
    workload,
    phase,
    steps,
    selections,
    layers.filter((of) => !of.degenerate).length,
    mean?.skewMaxOverMean ?? null,
    mean?.gini ?? null,
    mean?.entropyBits ?? null,
    mean?.coverage.inSample ?? null,
    mean?.coverage.heldOut ?? null
  ])
}))

/** Popularity of each workload by layer. */
export const countsLayers = table({ id: "counts_layers", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Popularity by workload and layer",
  columns: [
    column("workload", "Workload", "text"),
    column("layer", "Layer", "whole"),
    column("degenerate", "Degenerate", "flag"),
    column("selections", "Selections", "whole"),
    column("skew_max_over_mean", metricOf("skew_max_over_mean").title, "factor"),
    column("gini", "Gini", "real"),
    column("entropy_bits", "Entropy (bits)", "real"),
    column("coverage_in_sample", "Top 20 % of experts", "share"),
    column("hottest_expert", "Hottest expert", "text")
  ],
  rows: (countsOf(evidence)?.workloads ?? []).flatMap(({ workload, layers }) =>
    layers.map((of) => [
      workload,
      of.layer,
      of.degenerate,
      of.counts.reduce((a, b) => a + b, 0),
      of.skewMaxOverMean,
      of.gini,
      of.entropyBits,
      of.coverage.inSample,
      of.top[0]?.expert ?? null
    ])
  )
}))

const agreement = [
  column("rho_frequency", "rho, frequency", "real"),
  column("overlap_top5", metricOf("overlap_top5").title, "share"),
  column("overlap_top10", metricOf("overlap_top10").title, "share"),
  column("overlap_top20", metricOf("overlap_top20").title, "share"),
  column("rho_frequency_ceiling", "Selections allow, rho", "real"),
  column("overlap_top5_ceiling", "top 5", "share"),
  column("overlap_top10_ceiling", "top 10", "share"),
  column("overlap_top20_ceiling", "top 20", "share")
]

const figures = (of: CountsPhases["mean"]): ReadonlyArray<number | null> =>
  [of, of?.ceiling].flatMap((all) => [
    all?.rhoFrequency ?? null,
    all?.overlapTop5 ?? null,
    all?.overlapTop10 ?? null,
    all?.overlapTop20 ?? null
  ])

/** Prefill against decode counts, means over layers. */
export const countsPhaseMeans = table({ id: "counts_phase_means", section: "phases", place: "open" }, (evidence) => ({
  title: "Prefill against decode counts, means over layers",
  columns: [
    column("prefill", "Prefill", "text"),
    column("decode", "Decode", "text"),
    column("layers", "Layers", "text"),
    ...agreement
  ],
  rows: (countsOf(evidence)?.phases ?? []).map(({ prefill, decode, layers, mean }) => [
    prefill,
    decode,
    layers.filter((of) => !of.degenerate).length,
    ...figures(mean)
  ])
}))

/** Prefill against decode counts by layer. */
export const countsPhaseLayers = table({ id: "counts_phase_layers", section: "phases", place: "csv" }, (evidence) => ({
  title: "Prefill against decode counts by layer",
  columns: [
    column("decode", "Decode", "text"),
    column("layer", "Layer", "whole"),
    column("degenerate", "Degenerate", "flag"),
    ...agreement
  ],
  rows: (countsOf(evidence)?.phases ?? []).flatMap(({ decode, layers }) =>
    layers.map((of) => [decode, of.layer, of.degenerate, ...figures(of)])
  )
}))
