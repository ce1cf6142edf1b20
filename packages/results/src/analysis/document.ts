/** The document of `moira analyze` over a store of traces. */
import { Schema } from "effect"
import { Input } from "../common.ts"
import { SpatialResult } from "./spatial.ts"
import { TemporalResult } from "./temporal.ts"

export const AnalysisDocument = Schema.Struct({
  schema: Schema.Literal("moira-analysis/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  heldOutShare: Schema.Finite,
  temporal: Schema.NullOr(TemporalResult),
  spatial: Schema.NullOr(SpatialResult)
})
export type AnalysisDocument = typeof AnalysisDocument.Type
