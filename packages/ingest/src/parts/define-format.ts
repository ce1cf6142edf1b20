/** A format from what is its own: how its files are recognised, listed and decoded. */
import { given } from "@moira/core"
import { Effect, Stream } from "effect"
import { decodeOptions } from "./decode-options.ts"
import { ModelNotes } from "./model-notes.ts"
import { type PerFile, type TraceFile, traceFormatContract, type TraceSource } from "../source.ts"
import { decoderOf, type RequestsOf } from "./per-file.ts"
import { requestStream } from "./stream.ts"

/** What a format is, where each of its files is decoded for itself. */
export interface FormatParts<F extends TraceFile> extends Pick<TraceSource, "id" | "title" | "endings" | "recognises"> {
  /** Lists files in the order of their requests; of their content it reads no more than tells the model. */
  readonly list: PerFile<F>["list"]
  /** Reads the requests of one file after another; asked for a model once a thread, so it may keep memory between files. */
  readonly decode: RequestsOf<F>
  /**
   * URL of a module whose default is the same `decode` and that imports little: threads load it in place of the format,
   * as `import.meta.resolve("@moira/ingest/formats/vllm/decoder")`.
   */
  readonly decoder?: string
}

/** The format, read file by file as one stream or by worker threads. */
export const defineFormat = <F extends TraceFile>(parts: FormatParts<F>): TraceSource => {
  const { list: listOwn, decode, decoder, ...named } = parts
  const list: PerFile<F>["list"] = (paths, options) =>
    Effect.suspend(() => {
      const told: Array<string> = []
      return listOwn(paths, options).pipe(
        Effect.provideService(ModelNotes, told),
        Effect.map((listed) => (told.length === 0 ? listed : { ...listed, notes: [...told, ...(listed.notes ?? [])] }))
      )
    })
  const open = decoderOf(decode)
  const perFile: PerFile<F> = { list, open, ...given({ module: decoder }) }
  const read: TraceSource["read"] = (paths, options) =>
    Effect.map(list(paths, options), ({ model, files, notes }) => ({
      model,
      files: files.length,
      ...given({ notes }),
      // Each run of the stream has a decoder of its own, since one may use its memory again.
      requests: Stream.suspend(() => requestStream(files, open(model, decodeOptions(options))))
    }))
  return { contract: traceFormatContract, ...named, read, perFile }
}
