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
export { accumulateParallel, type ParallelOptions } from "./parallel/accumulate-parallel.ts"
export type { AccumulatorSource } from "./parallel/job.ts"
export * from "./counts/expert-counts.ts"
export * from "./counts/manifest.ts"
export { type CountsReader, openCounts } from "./counts/open-counts.ts"
export { isCountsStore, writeCounts, type WriteCountsOptions } from "./counts/write-counts.ts"
export { type Layerwise, layerwise, type LayerwiseState } from "./layerwise.ts"
export * from "./manifest.ts"
export { makeManifest, memoryReader, memoryStore, type Origin } from "./memory-store.ts"
export { mergedFormat, mergeStores } from "./merge.ts"
export { openStore, parquetStore } from "./parquet-store.ts"
export * from "./requests.ts"
export * from "./results/reproduction.ts"
export * from "./segment-store.ts"
export * from "./selections.ts"
export * from "./shown-layers.ts"
export * from "./statistics/frequency.ts"
export * from "./store.ts"
export { writeStore, type WriteOptions } from "./store-writer.ts"
export { type WorkDirectory, workDirectory, workPath } from "./work-directory.ts"
export { hasHoles, hitKernel, type HitKernel, jointKernel, type JointKernel } from "./kernels/count-js.ts"
