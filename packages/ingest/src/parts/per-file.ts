/** What formats share whose files are decoded apart from each other, by the `decoder.ts` of each. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { inFile } from "../fault/content-fault.ts"
import type { OpenDecoder, TraceFile } from "../source.ts"

/** Reads the requests of a file; throws `ContentFault`, `FileFault` or the file system's error. */
export type RequestsOf<F extends TraceFile> = (model: Model) => (file: F) => Iterable<TraceRequest>

/** The same for worker threads: faults name their file. */
export const decoderOf =
  <F extends TraceFile>(requestsOf: RequestsOf<F>): OpenDecoder<F> =>
  (model) => {
    const read = requestsOf(model)
    return function* (file) {
      try {
        yield* read(file)
      } catch (cause) {
        throw inFile(file.path, cause)
      }
    }
  }
