/** patterns-json, the form of the study's data set: one JSON file a request. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import { fileProblem, type IngestError } from "../../fault/error.ts"
import { inFillOrder, labelFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelOf } from "../../parts/model-of.ts"
import { makeDecoder } from "./decode.ts"
import { Fault } from "./fault.ts"
import { faultError } from "./fault-error.ts"
import { type PatternFile, readRequest } from "./decoder.ts"
import { recognisePatterns } from "./recognise.ts"
import { patternShape } from "./shape.ts"
import type { PerFile, ReadOptions, TraceSource } from "../../source.ts"

const endings = [".json"]

/** Requests of `files`, one after another; each run of the stream has a decoder of its own. */
const requestsOf = (files: ReadonlyArray<PatternFile>, model: Model): Stream.Stream<TraceRequest, IngestError> =>
  Stream.suspend(() => {
    const decoder = makeDecoder(patternShape(model))
    return Stream.fromIterable(files, { chunkSize: 1 }).pipe(
      Stream.mapEffect((file) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.try({
            try: () => readRequest(file, decoder),
            catch: (cause) =>
              cause instanceof Fault ? faultError(file.path, model.id, cause) : fileProblem(file.path)(cause)
          })
        )
      )
    )
  })

const list = Effect.fn("ingest.patternsJson.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = (yield* listFiles(paths, endings)).map(labelFile).toSorted(inFillOrder)
  const model = yield* modelOf(listed, options.model)
  const hashOf = options.sourceHash === "ids" ? { hashOf: options.sourceHash } : {}
  const files = listed.map(({ path, benchmark, subject, language }) => ({
    path,
    benchmark,
    subject,
    language,
    ...hashOf
  }))
  return { model, files }
})

const read = Effect.fn("ingest.patternsJson.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const { model, files } = yield* list(paths, options)
  return { model, files: files.length, requests: requestsOf(files, model) }
})

const perFile: PerFile<PatternFile> = {
  list,
  module: new URL(import.meta.resolve("@moira/ingest/formats/patterns-json/decoder"))
}

const patternsJson: TraceSource = {
  id: "patterns-json",
  title: "patterns JSON of the public MoE expert selection traces, one file a request",
  endings,
  recognises: recognisePatterns,
  read,
  perFile
}

export default patternsJson
