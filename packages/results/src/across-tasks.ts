/** Coverage judged on other tasks than it was chosen on, and its mean over layers. */
import { mean, meanOfKnown } from "@moira/core/statistics"
import { Schema } from "effect"

/**
 * Coverage chosen on half of the tasks and measured on the other half: what a workload of other tasks can expect. Both halves
 * choose for the other; `directions` is each way by itself, `popularity` the same without conditioning.
 */
export const AcrossTasks = Schema.Struct({
  /** Tasks (benchmark, subject and language) of both halves together. */
  tasks: Schema.Int,
  heldOut: Schema.Finite,
  directions: Schema.Tuple([Schema.Finite, Schema.Finite]),
  popularity: Schema.NullOr(Schema.Finite)
})
export type AcrossTasks = typeof AcrossTasks.Type

/** Means over the layers that have it, all weighing the same; left out where none has. */
export const meanAcrossTasks = (
  layers: ReadonlyArray<{ readonly acrossTasks?: AcrossTasks }>
): { readonly acrossTasks?: AcrossTasks } => {
  const known = layers.flatMap(({ acrossTasks }) => acrossTasks ?? [])
  if (known.length === 0) return {}
  const way = (i: 0 | 1) => mean(known.map(({ directions }) => directions[i]))
  return {
    acrossTasks: {
      tasks: known[0]!.tasks,
      heldOut: mean(known.map(({ heldOut }) => heldOut)),
      directions: [way(0), way(1)],
      popularity: meanOfKnown(known.map(({ popularity }) => popularity))
    }
  }
}
