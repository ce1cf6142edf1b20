/** Readers of external expert-selection traces, and a synthetic twin generator. */
export * from "./benchmarks.ts"
export * from "./counts-source.ts"
export { detectFormat, builtinSources, sampleBytes } from "./detect.ts"
export * from "./detect-any.ts"
export * from "./error.ts"
export type { HubApi, HubBody, HubFile, HubFolder, Resume } from "./hub/contract.ts"
export type { Checksum } from "./hub/digest.ts"
export { HubError, type HubReason, hubReasons } from "./hub/error.ts"
export { type Fetched, type FetchOptions, fetchTraces, studyTraces } from "./hub/fetch-traces.ts"
export { Hub } from "./hub/hub.ts"
export { HubRetries, type RetryPolicy } from "./hub/retry.ts"
export {
  defaultWorkers,
  type Ingested,
  type IngestOptions,
  type IngestState,
  ingestStore,
  keptSegments
} from "./ingest/ingest-store.ts"
export * from "./source.ts"
export * from "./twin/synthesize.ts"
export { type TwinLanguage, twinLanguages } from "./twin/workload.ts"
