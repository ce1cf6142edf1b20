import type { Coverage } from "@moira/results"
import { lift, relationsOf } from "../relations.ts"
import { type Cell, column, type Column, table } from "../../../table.ts"

/** Held out first, what it adds to popularity next, in sample last. */
export const coverageColumns = (prefix = "", title = ""): ReadonlyArray<Column> => [
  column(`${prefix}held_out`, `${title}Held out`, "share"),
  column(`${prefix}interval_low`, "95 % from", "share"),
  column(`${prefix}interval_high`, "95 % to", "share"),
  column(`${prefix}popularity`, "Popularity", "share"),
  column(`${prefix}lift`, "Lift", "points"),
  column(`${prefix}across_tasks`, "Across tasks", "share"),
  column(`${prefix}in_sample`, "In sample", "share")
]

export const coverageCells = (coverage: Coverage): ReadonlyArray<Cell> => [
  coverage.heldOut,
  coverage.interval === null ? null : coverage.interval[0],
  coverage.interval === null ? null : coverage.interval[1],
  coverage.popularity,
  lift(coverage),
  coverage.acrossTasks?.heldOut ?? null,
  coverage.inSample
]

/** Mean coverage of both relations. */
export const relationMeans = table({ id: "relation_means", section: "temporal", place: "open" }, (evidence) => ({
  title: "Top-20 % coverage, means over layers that are not degenerate",
  columns: [column("relation", "Relation", "text"), column("given", "Given", "text"), ...coverageColumns()],
  rows: relationsOf(evidence).flatMap(({ title, relation }) => [
    ...(relation.mean === null ? [] : [[title, "average expert", ...coverageCells(relation.mean)]]),
    ...(relation.meanTopExpert === null
      ? []
      : [[title, "most selected expert", ...coverageCells(relation.meanTopExpert)]])
  ])
}))

/** Coverage of both relations by layer. */
export const relationLayers = table({ id: "relation_layers", section: "temporal", place: "closed" }, (evidence) => ({
  title: "Coverage and diagonal lift by layer",
  columns: [
    column("relation", "Relation", "text"),
    column("layer", "Layer", "text"),
    column("next_layer", "Next layer", "text"),
    column("degenerate", "Degenerate", "flag"),
    ...coverageColumns(),
    column("diagonal_lift", "Diagonal lift", "factor"),
    column("top_expert", "Top expert", "text"),
    ...coverageColumns("top_expert_", "Top expert: ").map((c) => ({ ...c, csvOnly: c.id !== "top_expert_held_out" }))
  ],
  rows: relationsOf(evidence).flatMap(({ id, relation }) =>
    relation.layers.map((l) => [
      id,
      l.layer,
      l.nextLayer,
      l.degenerate,
      ...coverageCells(l.coverage),
      l.diagonalLift,
      l.topExpert,
      ...coverageCells(l.topExpertCoverage)
    ])
  )
}))

/** Cumulative in-sample coverage by layer and number of candidates. */
export const relationCurves = table({ id: "relation_curves", section: "temporal", place: "csv" }, (evidence) => ({
  title: "Cumulative coverage",
  columns: [
    column("relation", "Relation", "text"),
    column("layer", "Layer", "whole"),
    column("candidates", "Candidates", "whole"),
    column("share", "Average expert", "share"),
    column("top_expert_share", "Top expert", "share")
  ],
  rows: relationsOf(evidence).flatMap(({ id, relation }) =>
    relation.layers.flatMap((l) => l.cdf.map((share, k) => [id, l.layer, k + 1, share, l.topExpertCdf[k] ?? null]))
  )
}))
