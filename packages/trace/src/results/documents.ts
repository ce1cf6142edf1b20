/** The JSON documents that commands write and reports read. */
import { Schema } from "effect"
import { Input } from "./common.ts"
import { CountsAnalysisDocument } from "./counts.ts"
import { ForecastDocument } from "./forecast.ts"
import { OffloadDocument } from "./offload.ts"
import { PlaceDocument } from "./place.ts"
import { RunResult } from "./simulation.ts"
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

export const SimulationDocument = Schema.Struct({
  schema: Schema.Literal("moira-simulation/1"),
  moira: Schema.String,
  input: Input,
  runs: Schema.Array(RunResult)
})
export type SimulationDocument = typeof SimulationDocument.Type

export const ResultDocument = Schema.Union([
  AnalysisDocument,
  CountsAnalysisDocument,
  ForecastDocument,
  OffloadDocument,
  PlaceDocument,
  SimulationDocument
])
export type ResultDocument = typeof ResultDocument.Type

/** The file form of a document: the same value gives the same bytes. */
export const documentText = (document: ResultDocument): string => `${JSON.stringify(document, null, 1)}\n`
