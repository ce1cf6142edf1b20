/** patterns-json, the form of the study's data set: one JSON file a request. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import { hash } from "node:crypto"
import { fileProblem, type IngestError } from "../error.ts"
import { FileBuffer } from "../file-buffer.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { modelOf } from "../model-of.ts"
import { decodePatterns } from "../patterns/decode.ts"
import { Fault, faultError } from "../patterns/fault.ts"
import { recognisePatterns } from "../patterns/recognise.ts"
import { PatternScanner } from "../patterns/scan.ts"
import { patternShape } from "../patterns/shape.ts"
import type { ReadOptions, TraceSource } from "../source.ts"

const endings = [".json"]

/** Reads one file into `buffer` and decodes it. Throws `Fault` or the file system's error. */
const readRequest = (file: LabelledFile, buffer: FileBuffer, scanner: PatternScanner): TraceRequest => {
  buffer.read(file.path)
  const { benchmark, subject, language, path } = file
  const decoded = decodePatterns(scanner, buffer.bytes, buffer.length)
  const sha256 = hash("sha256", buffer.bytes.subarray(0, buffer.length))
  return { benchmark, subject, language, source: path, sha256, ...decoded }
}

/** Requests of `files`, one after another; each run of the stream has a buffer of its own. */
const requestsOf = (files: ReadonlyArray<LabelledFile>, model: Model): Stream.Stream<TraceRequest, IngestError> =>
  Stream.suspend(() => {
    const buffer = new FileBuffer()
    const scanner = new PatternScanner(patternShape(model))
    return Stream.fromIterable(files, { chunkSize: 1 }).pipe(
      Stream.mapEffect((file) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.try({
            try: () => readRequest(file, buffer, scanner),
            catch: (cause) =>
              cause instanceof Fault ? faultError(file.path, model.id, cause) : fileProblem(file.path)(cause)
          })
        )
      )
    )
  })

const read = Effect.fn("ingest.patternsJson.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelOf(files, options.model)
  return { model, files: files.length, requests: requestsOf(files, model) }
})

const patternsJson: TraceSource = {
  id: "patterns-json",
  title: "patterns JSON of the public MoE expert selection traces, one file a request",
  endings,
  recognises: recognisePatterns,
  read
}

export default patternsJson
