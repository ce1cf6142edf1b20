/** `read` and `perFile` of a format from one listing of its files. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import type { PerFile, TraceFile, TraceSource } from "../source.ts"
import { requestStream } from "./stream.ts"

/**
 * For a format whose decoder is the module `decoder.ts` of its folder, which worker threads load.
 */
export const fileByFile = <F extends TraceFile>(
  id: string,
  list: PerFile<F>["list"],
  requestsOf: (model: Model) => (file: F) => Iterator<TraceRequest>
): Pick<TraceSource, "read"> & { readonly perFile: PerFile<F> } => ({
  read: (paths, options) =>
    Effect.map(list(paths, options), ({ model, files, notes }) => ({
      model,
      files: files.length,
      ...(notes === undefined ? {} : { notes }),
      requests: requestStream(files, requestsOf(model))
    })),
  perFile: { list, module: new URL(import.meta.resolve(`@moira/ingest/formats/${id}/decoder`)) }
})
