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
export { sourceHashes } from "./codecs/bytes/digest.ts"
export {
  assumedPhases,
  type BadRecord,
  type Decoded,
  type DecodeOptions,
  type ReadOptions,
  type TraceSource
} from "./source.ts"
export { TraceFormat } from "./trace-format.ts"
