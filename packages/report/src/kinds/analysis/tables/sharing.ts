import { spatialOf } from "../found.ts"
import { column, table } from "../../../table.ts"

const counts = [
  column("shared", "Hot in all", "real"),
  column("specific", "Hot in some", "real"),
  column("undecided", "Perhaps by chance", "real"),
  column("shared_by_chance", "In all, dealt at random", "real"),
  column("some_by_chance", "In some, dealt at random", "real")
]

/** Experts that tasks share and that they do not, means over layers. */
export const sharingMeans = table({ id: "sharing_means", section: "spatial", place: "open" }, (evidence) => ({
  title: "Shared and specific experts of a layer, means over layers that are not degenerate",
  columns: [column("kind", "Tasks", "text"), column("layers", "Layers", "text"), ...counts],
  rows: (spatialOf(evidence)?.sharing.means ?? []).map((of) => [
    of.kind,
    of.layers,
    of.shared,
    of.specific,
    of.undecided,
    of.byChance.shared,
    of.byChance.someOnly
  ])
}))

/** The same by layer. */
export const sharingLayers = table({ id: "sharing_layers", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Shared and specific experts by layer",
  columns: [
    column("kind", "Tasks", "text"),
    column("layer", "Layer", "whole"),
    column("degenerate", "Degenerate", "flag"),
    column("tasks", "Number of tasks", "whole"),
    ...counts
  ],
  rows: (spatialOf(evidence)?.sharing.layers ?? []).map((of) => [
    of.kind,
    of.layer,
    of.degenerate,
    of.tasks,
    of.shared,
    of.specific,
    of.undecided,
    of.byChance.shared,
    of.byChance.someOnly
  ])
}))

/** Every hot expert at the layers that are shown in detail. */
export const sharedExpertRows = table({ id: "shared_experts", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Hot experts of tasks",
  columns: [
    column("kind", "Tasks", "text"),
    column("layer", "Layer", "whole"),
    column("expert", "Expert", "whole"),
    column("sharing", "Sharing", "text"),
    column("hot_in", "Hot in tasks", "whole"),
    column("task", "Task that stands out", "text"),
    column("over_mean", "Share there over the mean", "factor"),
    column("elsewhere", "Elsewhere", "factor"),
    column("z", "Standard deviations", "real")
  ],
  rows: (spatialOf(evidence)?.sharing.layers ?? []).flatMap(({ kind, layer, experts }) =>
    experts.map((of) => [kind, layer, of.expert, of.sharing, of.hotIn, of.task, of.overMean, of.elsewhere, of.z])
  )
}))
