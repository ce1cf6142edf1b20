import { spatialOf } from "../found.ts"
import { column, table } from "../../../table.ts"

/** The most selected experts of each task. */
export const taskProfiles = table({ id: "task_profiles", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Most selected experts of each task",
  columns: [
    column("kind", "Kind", "text"),
    column("task", "Task", "text"),
    column("requests", "Requests", "whole"),
    column("layer", "Layer", "whole"),
    column("rank", "Rank", "whole"),
    column("expert", "Expert", "whole"),
    column("share", "Share", "share")
  ],
  rows: (spatialOf(evidence)?.profiles ?? []).flatMap((p) =>
    p.top.map(({ expert, share }, i) => [p.kind, p.name, p.requests, p.layer, i + 1, expert, share])
  )
}))

/** Distances between tasks. */
export const taskDistances = table({ id: "task_distances", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Jensen-Shannon distance between tasks",
  columns: [
    column("kind", "Kind", "text"),
    column("a", "Task", "text"),
    column("b", "Other task", "text"),
    column("distance", "Distance", "real"),
    column("noise_mean", "Random groups of these sizes", "real"),
    column("noise_high", "Which 5 % of them pass", "real")
  ],
  rows: (spatialOf(evidence)?.distances ?? []).map((d) => [
    d.kind,
    d.a,
    d.b,
    d.distance,
    d.noise?.mean ?? null,
    d.noise?.high ?? null
  ])
}))
