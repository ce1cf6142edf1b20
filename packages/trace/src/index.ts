/** Trace schema, model catalogue and store of expert selections; the contracts that every Moira package shares. */
export {
  accumulate,
  type AccumulateOptions,
  type Accumulator,
  type Accumulators,
  type LayerChunk,
  type Results,
  type TraceContext,
  traceContext
} from "./accumulator.ts"
export { type Analysis, analysisContract, analysisKind, type AnalysisOptions } from "./analysis.ts"
export * from "./counts/expert-counts.ts"
export * from "./counts/manifest.ts"
export { type Layerwise, layerwise, type LayerwiseState } from "./layerwise.ts"
export * from "./manifest.ts"
export { makeManifest, memoryReader, memoryStore, type Origin } from "./memory-store.ts"
export * from "./requests.ts"
export * from "./selections.ts"
export * from "./shown-layers.ts"
export * from "./frequency.ts"
export * from "./store.ts"
export { hasHoles, hitKernel, type HitKernel, jointKernel, type JointKernel } from "./kernels/count-js.ts"
