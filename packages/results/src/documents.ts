/** The JSON documents that commands write and reports read. */
import { Schema } from "effect"
import { AnalysisDocument } from "./analysis/document.ts"
import { CountsAnalysisDocument } from "./counts.ts"
import { ForecastDocument } from "./forecast.ts"
import { OffloadDocument } from "./offload.ts"
import { PlaceDocument } from "./place.ts"
import { SimulationDocument } from "./simulation-document.ts"

export const ResultDocument = Schema.Union([
  AnalysisDocument,
  CountsAnalysisDocument,
  ForecastDocument,
  OffloadDocument,
  PlaceDocument,
  SimulationDocument
])
export type ResultDocument = typeof ResultDocument.Type
