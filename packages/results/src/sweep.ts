/** The document of `moira sweep`: which points there are, and how each ended. */
import { Schema } from "effect"

/** Why a point cannot be. */
const Failure = Schema.Struct({
  reason: Schema.String,
  where: Schema.String,
  what: Schema.String,
  hint: Schema.String
})

export const SweepPoint = Schema.Struct({
  /** SHA-256 of what the point is: its trace, machine, plug-ins, options, seed and the version of Moira. */
  key: Schema.String,
  /** Values of the fields that vary, by field. */
  at: Schema.Record(Schema.String, Schema.Json),
  state: Schema.Literals(["waiting", "done", "failed"]),
  /** The result document, below the folder of this one; of points that are done. */
  file: Schema.optionalKey(Schema.String),
  failure: Schema.optionalKey(Failure)
})
export type SweepPoint = typeof SweepPoint.Type

export const SweepDocument = Schema.Struct({
  schema: Schema.Literal("moira-sweep/1"),
  moira: Schema.String,
  title: Schema.optionalKey(Schema.String),
  /** What every point runs. */
  run: Schema.String,
  /** Fields that vary, in the order of the axes. */
  fields: Schema.Array(Schema.String),
  points: Schema.Array(SweepPoint)
})
export type SweepDocument = typeof SweepDocument.Type
