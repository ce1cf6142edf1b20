import { spatialOf } from "../found.ts"
import { column, table } from "../../../table.ts"
import { coverageCells, coverageColumns } from "./relations.ts"

/** Popularity of experts by layer. */
export const popularityLayers = table({ id: "popularity_layers", section: "spatial", place: "closed" }, (evidence) => ({
  title: "Popularity by layer",
  columns: [
    column("layer", "Layer", "text"),
    column("degenerate", "Degenerate", "flag"),
    column("selections", "Selections", "whole"),
    column("skew_max_over_mean", "Skew", "factor"),
    column("gini", "Gini", "real"),
    column("entropy_bits", "Entropy (bits)", "real"),
    ...coverageColumns().map((c) => ({ ...c, csvOnly: c.id !== "held_out" })),
    column("hottest_expert", "Hottest expert", "text"),
    column("hottest_share", "Its share", "share")
  ],
  rows: (spatialOf(evidence)?.popularity.layers ?? []).map((l) => [
    l.layer,
    l.degenerate,
    l.counts.reduce((a, b) => a + b, 0),
    l.skewMaxOverMean,
    l.gini,
    l.entropyBits,
    ...coverageCells(l.coverage),
    l.top[0]?.expert ?? null,
    l.top[0]?.share ?? null
  ])
}))

/** Selections of every expert of every layer. */
export const expertCounts = table({ id: "expert_counts", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Selections of each expert",
  columns: [
    column("layer", "Layer", "whole"),
    column("expert", "Expert", "whole"),
    column("selections", "Selections", "whole")
  ],
  rows: (spatialOf(evidence)?.popularity.layers ?? []).flatMap((l) => l.counts.map((count, e) => [l.layer, e, count]))
}))
