import { spatialOf } from "../found.ts"
import { column, table } from "../../../table.ts"

/** Co-activation by layer. */
export const pairLayerRows = table({ id: "pair_layers", section: "spatial", place: "closed" }, (evidence) => ({
  title: "Expert pairs by layer",
  columns: [
    column("layer", "Layer", "text"),
    column("max_over_random", "Strongest pair over random", "factor"),
    column("max_over_uniform", "Over even choice", "factor"),
    column("top10_share", "Share of the top 10 % of pairs", "share"),
    column("top10_held_out", "Held out", "share"),
    column("top10_across_tasks", "Across tasks", "share"),
    column("top10_popularity", "Popularity, held out", "share")
  ],
  rows: (spatialOf(evidence)?.pairs?.layers ?? []).map((l) => [
    l.layer,
    l.maxOverRandom,
    l.maxOverUniform,
    l.top10Share,
    l.top10.heldOut,
    l.top10.acrossTasks?.heldOut ?? null,
    l.top10.popularity
  ])
}))

/** Cumulative share of co-activations by layer. */
export const pairCurves = table({ id: "pair_curves", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Cumulative share of pairs",
  columns: [
    column("layer", "Layer", "whole"),
    column("pairs_percent", "Pairs (%)", "whole"),
    column("share", "Share", "share")
  ],
  rows: (spatialOf(evidence)?.pairs?.layers ?? []).flatMap((l) => l.cdf.map((share, k) => [l.layer, k, share]))
}))
