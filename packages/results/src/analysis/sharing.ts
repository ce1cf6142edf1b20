/** Experts that every task finds hot, and those that only some do. */
import { Schema } from "effect"

/** How requests are grouped: by benchmark, by benchmark and subject, by language. */
export const TaskKind = Schema.Literals(["benchmark", "subject", "language"])
export type TaskKind = typeof TaskKind.Type

/**
 * One expert that is hot (at least twice the mean share) for some task.
 *
 * `shared`: hot for every task. `specific`: hot for some task that selects it more than chance explains. `undecided`:
 * hot for some tasks, by no more than requests dealt to the tasks at random would show.
 */
export const ExpertSharing = Schema.Struct({
  expert: Schema.Int,
  sharing: Schema.Literals(["shared", "specific", "undecided"]),
  /** Tasks for which it is hot. */
  hotIn: Schema.Int,
  /** The task that stands out most. */
  task: Schema.String,
  /** Its share there, and over all other tasks together, over the mean share 1 / experts. */
  overMean: Schema.Finite,
  elsewhere: Schema.Finite,
  /** Share there minus that of all requests, in standard deviations of as many requests drawn at random. */
  z: Schema.Finite
})
export type ExpertSharing = typeof ExpertSharing.Type

const Counted = {
  shared: Schema.Finite,
  specific: Schema.Finite,
  undecided: Schema.Finite,
  /** Mean over shuffles of the requests among the tasks: experts hot in all, and in some only. */
  byChance: Schema.Struct({ shared: Schema.Finite, someOnly: Schema.Finite })
}

export const SharingLayer = Schema.Struct({
  kind: TaskKind,
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  /** Tasks with enough selections to tell. */
  tasks: Schema.Int,
  /** The z that 5 % of the shuffles reach anywhere at this layer. */
  threshold: Schema.Finite,
  ...Counted,
  /** Hot experts, most widely shared first; only at the layers that are shown in detail. */
  experts: Schema.Array(ExpertSharing)
})
export type SharingLayer = typeof SharingLayer.Type

export const SharingMean = Schema.Struct({ kind: TaskKind, layers: Schema.Int, ...Counted })
export type SharingMean = typeof SharingMean.Type

export const Sharing = Schema.Struct({
  layers: Schema.Array(SharingLayer),
  /** For each kind, means over layers that are not degenerate. */
  means: Schema.Array(SharingMean)
})
export type Sharing = typeof Sharing.Type
