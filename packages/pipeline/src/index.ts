/** The product as a library: what the commands do, without files and exit codes. */
export { spatial } from "@moira/spatial"
export { matrixFiles, temporal } from "@moira/temporal"
export { advise } from "./advise/advise.ts"
export { balanceOfCounts, balanceOfStore } from "./advise/balance.ts"
export { type AdviseOptions, usualBatches, usualKvReserveShare } from "./advise/options.ts"
export { refuseTrace } from "./advise/refuse.ts"
export { analyseCounts, countsInputOf } from "./analyse/analyse-counts.ts"
export { analyse, type AnalyseOptions, type OwnDocument } from "./analyse/analyse.ts"
export { matchPhases } from "./analyse/phases.ts"
export { compare } from "./compare/compare.ts"
export { CompareError } from "./compare/error.ts"
export type { ComparedDocument, CompareOptions, Prices } from "./compare/options.ts"
export { forecast, type ForecastOptions } from "./forecast.ts"
export type { MachineChoice } from "./machine/find.ts"
export { type MachineRequest, sizedMachine } from "./machine/sized.ts"
export { buildMachines, cacheSize, offload, type OffloadOptions, usualPolicies } from "./offload.ts"
export { type CountsSource, countsTraffic, judgeCounts } from "./place/counts.ts"
export { driftedTraffic } from "./place/drifted.ts"
export { type PlacementFile, type PlaceOptions } from "./place/options.ts"
export { place } from "./place/place.ts"
export { usualSteps } from "./place/step-times.ts"
export { judgeStore, storeTraffic } from "./place/store.ts"
export { type HeldOut, PlaceError, type PlaceTraffic } from "./place/traffic.ts"
export { simulate } from "./simulate.ts"
export { defaultKvReserveShare } from "@moira/simulator"
export { sweep, type SweepOptions } from "./sweep.ts"
export { designOf, type Design, maxPoints } from "./experiment/axes.ts"
export { decodeExperiment, isExperiment, readExperiment } from "./experiment/decode.ts"
export { type SweepProgress } from "./experiment/compute.ts"
export { ExperimentError } from "./experiment/error.ts"
export { estimateSweep, type SweepEstimate, watchPoints } from "./experiment/estimate.ts"
export {
  contentOf,
  type CountsAsked,
  ExperimentInputs,
  type FoundCounts,
  type InputSource,
  type OpenedSource
} from "./experiment/inputs.ts"
export { overridden } from "./experiment/overrides.ts"
export { type ExperimentPlan, planExperiment, type PlannedPoint } from "./experiment/plan.ts"
export { memoryPoints, type PointOutcome, PointStore, type PointStoreShape } from "./experiment/point-store.ts"
export type { Computed } from "./experiment/kinds/kind.ts"
export { runExperiment, sweepExperiment, type ComputeOptions, sweepState } from "./experiment/run.ts"
export {
  ExperimentDocument,
  experimentSchema,
  type MachineSource,
  type RunKind,
  type TraceSource
} from "./experiment/schema.ts"
export { experimentText } from "./experiment/text.ts"
