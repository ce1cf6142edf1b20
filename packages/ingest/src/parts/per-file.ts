/** What formats share whose files are decoded apart from each other, by the `decoder.ts` of each. */
import type { Model } from "@moira/core"
import { inFile } from "../fault/content-fault.ts"
import type { Decoded, DecodeOptions, OpenDecoder, TraceFile } from "../source.ts"
import { isBadRecord } from "./bad-record.ts"
import { suspicionsFor } from "./suspicions.ts"

/** Reads the requests of a file; throws `ContentFault`, `FileFault` or the file system's error. */
export type RequestsOf<F extends TraceFile> = (model: Model, options: DecodeOptions) => (file: F) => Iterable<Decoded>

/** The same for worker threads: faults name their file, and requests are looked through for known faults of recorders. */
export const decoderOf =
  <F extends TraceFile>(requestsOf: RequestsOf<F>): OpenDecoder<F> =>
  (model, options) => {
    const read = requestsOf(model, options)
    const told = suspicionsFor(model)
    return function* (file) {
      try {
        for (const decoded of read(file)) yield isBadRecord(decoded) ? decoded : told(decoded)
      } catch (cause) {
        throw inFile(file.path, cause)
      }
    }
  }
