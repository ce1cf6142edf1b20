/** Readers of external expert-selection traces, and a synthetic twin generator. */

export * from "./counts-source.ts"
export { detectFormat, knownSources, sampleBytes } from "./detect.ts"
export * from "./detect-any.ts"
export * from "./fault/error.ts"
export {
  defaultWorkers,
  type Ingested,
  type IngestOptions,
  type IngestState,
  ingestStore,
  keptSegments
} from "./engine/ingest-store.ts"
export * from "./source.ts"
