/** What a result says of the trace that it was computed from. */
import type { Input } from "@moira/results"
import { type TraceReader, traceWarnings } from "@moira/trace"

export const inputOf = ({ manifest }: TraceReader): Input => {
  const warnings = traceWarnings(manifest)
  return {
    model: manifest.model.id,
    title: manifest.model.title,
    contentSha256: manifest.contentSha256,
    requests: manifest.counts.requests,
    ...(manifest.counts.independentUnits < manifest.counts.requests
      ? { independentUnits: manifest.counts.independentUnits }
      : {}),
    prefillTokens: manifest.counts.prefillTokens,
    decodeTokens: manifest.counts.decodeTokens,
    layers: manifest.layers,
    experts: manifest.model.experts,
    topK: manifest.model.topK,
    origin: manifest.origin.format,
    ...(warnings.length === 0 ? {} : { warnings })
  }
}
