/** Decodes patterns-json files one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { hash } from "node:crypto"
import type { LabelledFile } from "../../parts/layout.ts"
import { FileFault } from "../../fault/content-fault.ts"
import { makeDecoder, type PatternDecoder } from "./decode.ts"
import { describeFault, Fault } from "./fault.ts"
import { readInto } from "./read-file.ts"
import { patternShape } from "./shape.ts"

/** A file, the labels that its path gives, and whether the hash is of the ids instead of the file. */
interface PatternFile extends Pick<LabelledFile, "path" | "benchmark" | "subject" | "language"> {
  readonly hashOf?: "ids"
}

/** Reads one file into the decoder's memory and decodes it. Throws `Fault` or the file system's error. */
const readRequest = (file: PatternFile, decoder: PatternDecoder): TraceRequest => {
  const bytes = readInto(decoder, file.path)
  const { benchmark, subject, language, path } = file
  const decoded = decoder.decode(bytes.length)
  const sha256 = hash("sha256", file.hashOf === "ids" ? decoded.ids : bytes)
  return { benchmark, subject, language, source: path, sha256, ...decoded }
}

/** A decoder for the files of a model; its memory serves file after file. Throws `FileFault` or the file system's error. */
const decode = (model: Model) => {
  const decoder = makeDecoder(patternShape(model))
  return (file: PatternFile): ReadonlyArray<TraceRequest> => {
    try {
      return [readRequest(file, decoder)]
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      throw new FileFault(describeFault(file.path, model.id, cause))
    }
  }
}

export default decode
