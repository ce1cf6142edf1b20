/** The task of ingestion: makes one segment. It loads no Effect, which would take longer than many segments. */
import type { Task } from "@moira/core"
import { decoderOf, type RequestsOf } from "../parts/per-file.ts"
import type { Decoded, OpenDecoder, TraceFile, TraceSource } from "../source.ts"
import type { SegmentAnswer, SegmentJob } from "./job.ts"
import { makeSegment } from "./make-segment.ts"

type Decode = (file: TraceFile) => Iterable<Decoded>

/** What decodes alone, or the whole format. */
interface DecoderModule {
  readonly default?: RequestsOf<TraceFile> | Partial<TraceSource>
}

/** A decoder keeps its memory from segment to segment; a thread serves one trace at a time, so the last one is enough. */
let last: { readonly key: string; readonly decode: Decode } | undefined

const decoderFor = async ({ module, model, decode: options }: SegmentJob): Promise<Decode> => {
  const key = JSON.stringify([module, model, options])
  if (last?.key === key) return last.decode
  const { default: found } = (await import(module)) as DecoderModule
  const openDecoder = typeof found === "function" ? decoderOf(found) : found?.perFile?.open
  if (typeof openDecoder !== "function") throw new TypeError(`the default of ${module} neither decodes nor is a format`)
  const decode = openDecoder(model as Parameters<OpenDecoder>[0], options)
  last = { key, decode }
  return decode
}

const segmentTask: Task<SegmentJob, undefined, SegmentAnswer> = {
  module: () => import.meta.resolve("@moira/ingest/segment-task"),
  run: async (job) => makeSegment(job, await decoderFor(job)),
  isAnswer: (value) => typeof (value as Partial<SegmentAnswer> | null)?.kind === "string",
  /**
   * Segments hardly touch the heap, so a small young generation costs no time; a large one is filled with what nobody uses
   * any more, and so is the memory that this keeps outside the heap.
   */
  limits: { maxYoungGenerationSizeMb: 2 }
}

export default segmentTask
