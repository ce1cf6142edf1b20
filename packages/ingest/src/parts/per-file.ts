/** What formats share whose files are decoded apart from each other, by the `decoder.ts` of each. */
import type { Model } from "@moira/core"
import { inFile } from "../fault/content-fault.ts"
import type { Decoded, DecodeOptions, OpenDecoder, TraceFile } from "../source.ts"

/** Reads the requests of a file; throws `ContentFault`, `FileFault` or the file system's error. */
export type RequestsOf<F extends TraceFile> = (model: Model, options: DecodeOptions) => (file: F) => Iterable<Decoded>

/** The same for worker threads: faults name their file. */
export const decoderOf =
  <F extends TraceFile>(requestsOf: RequestsOf<F>): OpenDecoder<F> =>
  (model, options) => {
    const read = requestsOf(model, options)
    return function* (file) {
      try {
        yield* read(file)
      } catch (cause) {
        throw inFile(file.path, cause)
      }
    }
  }
