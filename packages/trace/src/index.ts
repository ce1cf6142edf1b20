/** Trace schema, model catalogue and store of expert selections; the contracts that every Moira package shares. */
export {
  accumulate,
  accumulateLayers,
  type Accumulator,
  type LayerChunk,
  type LayerRange,
  type TraceContext,
  traceContext
} from "./accumulator.ts"
export { type Analysis, analysisKind, type AnalysisOptions } from "./analysis.ts"
export type { CountsReader } from "./counts/counts-reader.ts"
export { countsFault, type ExpertCounts, maxCells, sumSteps } from "./counts/expert-counts.ts"
export { CountsManifest } from "./counts/manifest.ts"
export { countExperts, isDegenerate } from "./frequency.ts"
export { layerRanges, toldFault } from "./layer-ranges.ts"
export { layerwise, type LayerwiseState } from "./layerwise.ts"
export { Manifest } from "./manifest.ts"
export { memoryStore, type Origin } from "./memory-store.ts"
export { type OverviewLoad, overviewLoads } from "./overview-loads.ts"
export { type Overview, readOverview } from "./overview.ts"
export { pickRequests } from "./pick-requests.ts"
export { maxUnrecordedShare, recordedTokens } from "./recorded-tokens.ts"
export { remarkText } from "./remark-text.ts"
export type { CountedRemark, Remark } from "./remarks.ts"
export { groupKeys, onlySample, rejectedDrafts, requestGroups, RequestRow, runsOf } from "./requests.ts"
export { runAnalyses } from "./run-analyses.ts"
export {
  type LayerSelections,
  missingExpert,
  onlyPhase,
  type Phase,
  type TraceRequest,
  zeroExpert
} from "./selections.ts"
export { shownLayers } from "./shown-layers.ts"
export { type TaskHalves, taskHalves, whyOneTask } from "./task-halves.ts"
export { traceWarnings } from "./trace-warnings.ts"
export { StoreError, type TraceOpener, type TraceReader, TraceStore } from "./store.ts"
export type { MissingReason, TokenPhase, TokenRun } from "./token-runs.ts"
export { type ZeroChoices, zeroChoices } from "./zero-choices.ts"
