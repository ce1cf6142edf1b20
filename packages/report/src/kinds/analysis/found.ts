/** The parts of an analysis that figures and tables are made of. */
import { type Evidence, resultKinds, type SpatialResult, type TemporalResult } from "@moira/results"

/** The first analysis of time that the documents hold. */
export const temporalOf = (evidence: Evidence): TemporalResult | undefined =>
  evidence.of(resultKinds.analysis).find(({ temporal }) => temporal !== null)?.temporal ?? undefined

/** The first analysis of space that the documents hold. */
export const spatialOf = (evidence: Evidence): SpatialResult | undefined =>
  evidence.of(resultKinds.analysis).find(({ spatial }) => spatial !== null)?.spatial ?? undefined
