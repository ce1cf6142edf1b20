import { spatialOf } from "../found.ts"
import { metricOf } from "../../../metric.ts"
import { column, table } from "../../../table.ts"

/** Skew and co-activation, averaged. */
export const spatialMeans = table({ id: "spatial_means", section: "spatial", place: "open" }, (evidence) => {
  const spatial = spatialOf(evidence)
  const mean = spatial?.popularity.mean ?? undefined
  const pairs = spatial?.pairs?.mean
  return {
    title: "Popularity and pairs, means over layers that are not degenerate",
    columns: [
      column("layers", "Layers", "text"),
      column("skew_max_over_mean", metricOf("skew_max_over_mean").title, "factor"),
      column("gini", "Gini", "real"),
      column("entropy_bits", "Entropy (bits)", "real"),
      column("coverage_held_out", "Top 20 % of experts, held out", "share"),
      column("coverage_across_tasks", "The same across tasks", "share"),
      column("pair_max_over_random", "Strongest pair over random", "factor", pairs === undefined),
      column("pair_top10_share", metricOf("coactivation_top10_share").title, "share", pairs === undefined)
    ],
    rows:
      mean === undefined && pairs === undefined
        ? []
        : [
            [
              spatial?.popularity.layers.filter((l) => !l.degenerate).length ?? null,
              mean?.skewMaxOverMean ?? null,
              mean?.gini ?? null,
              mean?.entropyBits ?? null,
              mean?.coverage.heldOut ?? null,
              mean?.coverage.acrossTasks?.heldOut ?? null,
              pairs?.maxOverRandom ?? null,
              pairs?.top10Share ?? null
            ]
          ]
  }
})
