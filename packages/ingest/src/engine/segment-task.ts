/** The worker thread of ingestion. */
import { serveJobs } from "@moira/core/thread"
import { type TraceRequest } from "@moira/trace/segments"
import type { OpenDecoder, TraceFile, TraceSource } from "../source.ts"
import type { SegmentAnswer, SegmentJob } from "./job.ts"
import { makeSegment } from "./make-segment.ts"

type Decode = (file: TraceFile) => Iterable<TraceRequest>

/** A decoder alone, or the whole format. */
interface DecoderModule {
  readonly openDecoder?: OpenDecoder
  readonly default?: Partial<TraceSource>
}

/** Decoders keep their memory from segment to segment; a thread serves one trace, so there is one. */
const decoders = new Map<string, Decode>()

const decoderFor = async ({ module, model }: SegmentJob): Promise<Decode> => {
  const key = JSON.stringify([module, model])
  const known = decoders.get(key)
  if (known !== undefined) return known
  const loaded = (await import(module)) as DecoderModule
  const openDecoder = loaded.openDecoder ?? loaded.default?.perFile?.open
  if (typeof openDecoder !== "function") throw new TypeError(`${module} exports neither openDecoder nor a format`)
  const decode = openDecoder(model as Parameters<OpenDecoder>[0])
  decoders.set(key, decode)
  return decode
}

serveJobs(async (job: SegmentJob): Promise<SegmentAnswer> => makeSegment(job, await decoderFor(job)))
