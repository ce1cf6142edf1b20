/** Readers of external expert-selection traces, and a synthetic twin generator. */
export * from "./benchmarks.ts"
export * from "./counts-source.ts"
export { detectFormat, builtinSources, sampleBytes } from "./detect.ts"
export * from "./detect-any.ts"
export * from "./error.ts"
export {
  defaultWorkers,
  type Ingested,
  type IngestOptions,
  type IngestState,
  ingestStore,
  keptSegments
} from "./ingest/ingest-store.ts"
export * from "./source.ts"
