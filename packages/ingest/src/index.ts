/** Readers of external expert-selection traces, and a synthetic twin generator. */

export { countsFormatKind, type CountsSource } from "./counts-source.ts"
export { detectAny, isCounts, resolveSource } from "./detect-any.ts"
export { detectFormat } from "./detect.ts"
export {
  defaultWorkers,
  type Ingested,
  type IngestOptions,
  type IngestState,
  ingestStore,
  keptSegments
} from "./engine/ingest-store.ts"
export { IngestError } from "./fault/error.ts"
export { type ReadOptions, sourceHashes, sourceKind, type TraceSource } from "./source.ts"
