/** Decodes patterns-json files one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { digestOf, type SourceHash } from "../../codecs/bytes/digest.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { FileFault } from "../../fault/content-fault.ts"
import { makeDecoder, type PatternDecoder } from "./decode.ts"
import { describeFault, Fault } from "./fault.ts"
import { readInto } from "./read-file.ts"
import type { DecodeOptions } from "../../source.ts"
import { patternShape } from "./shape.ts"

/** A file and the labels that its path gives. */
type PatternFile = Pick<LabelledFile, "path" | "benchmark" | "subject" | "language">

/** Reads one file into the decoder's memory and decodes it. Throws `Fault` or the file system's error. */
const readRequest = (file: PatternFile, decoder: PatternDecoder, kind: SourceHash | undefined): TraceRequest => {
  const bytes = readInto(decoder, file.path)
  const { benchmark, subject, language, path } = file
  const decoded = decoder.decode(bytes.length)
  const sourceDigest = digestOf(bytes, kind)
  return { benchmark, subject, language, source: path, sourceDigest, ...decoded }
}

/** A decoder for the files of a model; its memory serves file after file. Throws `FileFault` or the file system's error. */
const decode = (model: Model, { sourceHash }: DecodeOptions) => {
  const decoder = makeDecoder(patternShape(model))
  return (file: PatternFile): ReadonlyArray<TraceRequest> => {
    try {
      return [readRequest(file, decoder, sourceHash)]
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      throw new FileFault(describeFault(file.path, model.id, cause))
    }
  }
}

export default decode
