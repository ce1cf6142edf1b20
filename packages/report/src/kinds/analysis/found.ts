/** The parts of an analysis that figures and tables are made of. */
import { analysisDocuments, type Evidence, type SpatialResult, type TemporalResult } from "@moira/results"

/** The first analysis of time that the documents hold. */
export const temporalOf = (evidence: Evidence): TemporalResult | undefined =>
  evidence.of(analysisDocuments).find(({ temporal }) => temporal !== null)?.temporal ?? undefined

/** The first analysis of space that the documents hold. */
export const spatialOf = (evidence: Evidence): SpatialResult | undefined =>
  evidence.of(analysisDocuments).find(({ spatial }) => spatial !== null)?.spatial ?? undefined
