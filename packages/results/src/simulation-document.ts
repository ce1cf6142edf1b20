/** The document of `moira simulate`. */
import { Schema } from "effect"
import { Input } from "./common.ts"
import { RunResult } from "./simulation.ts"

export const SimulationDocument = Schema.Struct({
  schema: Schema.Literal("moira-simulation/1"),
  moira: Schema.String,
  input: Input,
  /** Strategy that speed-ups are over; `base` in documents that do not say. */
  baseline: Schema.optionalKey(Schema.String),
  runs: Schema.Array(RunResult)
})
export type SimulationDocument = typeof SimulationDocument.Type
