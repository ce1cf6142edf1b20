/** Readers of external expert-selection traces, and a synthetic twin generator. */

export { countsFormatKind, type CountsSource } from "./counts-source.ts"
export { detectAny, isCounts, resolveSource } from "./detect-any.ts"
export {
  defaultWorkers,
  type Ingested,
  type IngestOptions,
  type IngestState,
  ingestStore,
  keptSegments
} from "./engine/ingest-store.ts"
export { IngestError } from "./fault/error.ts"
export { type ReadOptions, sourceHashes, type TraceSource } from "./source.ts"
export { TraceFormat } from "./trace-format.ts"
