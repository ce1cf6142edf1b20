/** Result documents that commands write and reports read: their schemas, and the one table of metrics. */
export { type Advice, AdviceBatch, AdviceDocument, AdviceOption, AdviceVerdict } from "./advice.ts"
export { BalanceEvidence, BalanceLayer, BalanceOption, BalanceSamples } from "./balance.ts"
export { BlockPartition, PairBlocks } from "./analysis/blocks.ts"
export { AnalysisDocument } from "./analysis/document.ts"
export { NoiseFloor, PositionDrift, PositionWindow, RequestDrift, WindowDrift } from "./analysis/drift.ts"
export { BatchReuse, Reuse } from "./analysis/reuse.ts"
export { ExpertSharing, Sharing, SharingLayer, SharingMean, TaskKind } from "./analysis/sharing.ts"
export {
  ExpertShare,
  PairLayer,
  PopularityLayer,
  SpatialResult,
  TaskDistance,
  TaskProfile,
  TopN
} from "./analysis/spatial.ts"
export {
  PhaseCeiling,
  PhaseLayer,
  PrefillDecode,
  Relation,
  RelationLayer,
  TemporalResult
} from "./analysis/temporal.ts"
export { AcrossTasks, meanAcrossTasks } from "./across-tasks.ts"
export { CountMatrix, Coverage, Input, NotMeasured } from "./common.ts"
export {
  ComparedFactor,
  ComparedMachine,
  ComparedRow,
  ComparedStrategy,
  Comparison,
  ComparisonDocument,
  type Objective,
  objectives,
  ParameterValue,
  ParetoFront,
  ScalingBreak,
  ScalingCurve,
  Sensitivity,
  waterfallParts
} from "./comparison.ts"
export { CountsAnalysisDocument, CountsInput, CountsPhaseLayer, CountsPhases, CountsWorkloadResult } from "./counts.ts"
export { resultKinds } from "./document-kinds.ts"
export {
  ForecastCost,
  ForecastDocument,
  ForecastLayer,
  ForecastRecall,
  ForecastResult,
  PredictorResult
} from "./forecast.ts"
export { Insight, InsightEvidence, InsightsDocument, Verdict } from "./insights.ts"
export { wasChanged, withoutDigest } from "./digest.ts"
export { documentText, type Evidence, evidenceOf, type Made, type ResultDocument, type ResultKind } from "./kind.ts"
export { metrics } from "./metrics/index.ts"
export type { Metric, Metrics } from "./metrics/metric.ts"
export { OffloadDocument, OffloadMachine, OffloadResult, OffloadRun } from "./offload.ts"
export { parameterName, parameterText, parameterValueText } from "./parameters.ts"
export { PlaceDocument, PlaceLayout, PlaceResult, PlaceScore } from "./place.ts"
export { SimulationDocument } from "./simulation-document.ts"
export { SweepDocument, SweepPoint } from "./sweep.ts"
export { MachineSummary, RunResult } from "./simulation.ts"
