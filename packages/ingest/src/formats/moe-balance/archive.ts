/** One request as an `.npz`: `prompt_token_ids`, `output_token_ids`, `routed_experts [token, layer, k]`. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { isIntegerType, type NpyArray } from "../../codecs/npy/npy.ts"
import { openNpz } from "../../codecs/npy/npz.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { digestOf, type SourceHash } from "../../codecs/bytes/digest.ts"
import type { StridedIds } from "../../parts/layer-major.ts"
import { labelsOf } from "../../parts/labels.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { stridedOf } from "../../parts/npy-ids.ts"
import { requestsOf } from "../../parts/responses/requests-of.ts"
import type { DecodeOptions } from "../../source.ts"

const length = (array: NpyArray, name: string): number => {
  const { shape, type } = array.header
  if (shape.length !== 1 || !isIntegerType(type))
    throw new ContentFault(
      "WrongShape",
      `array ${name}, byte 0`,
      `(${shape.join(", ")}) of ${type}, not a list of token ids`
    )
  return shape[0]!
}

interface Archive {
  readonly source: StridedIds
  readonly promptTokens: number
  readonly outputTokens: number
  readonly sourceDigest: string
}

/** Throws `ContentFault`. */
export const readRequestArchive = (file: string, kind?: SourceHash): Archive => {
  const bytes = readBounded(file)
  const npz = openNpz(bytes)
  const promptTokens = length(npz.array("prompt_token_ids"), "prompt_token_ids")
  const outputTokens = length(npz.array("output_token_ids"), "output_token_ids")
  const source = stridedOf(npz.array("routed_experts"), "array routed_experts, ")
  return { source, promptTokens, outputTokens, sourceDigest: digestOf(bytes, kind) }
}

/** The request of an archive, whose rows are of the whole sequence. Throws `ContentFault`. */
export const archivedRequest = (file: LabelledFile, model: Model, options: DecodeOptions): TraceRequest => {
  const { source, promptTokens, outputTokens, sourceDigest } = readRequestArchive(file.path, options.sourceHash)
  const place = "array routed_experts, byte 0"
  const choice = { index: 0, place, routed: source }
  const usage = { promptTokens, completionTokens: outputTokens }
  const response = { place, chunk: false, prompt: undefined, engine: { answerAlone: false }, usage, choices: [choice] }
  const [outcome] = requestsOf(response, model, file.path, options)
  const { request } = outcome!
  if (request instanceof ContentFault) throw request
  return { ...labelsOf(file), source: file.path, sourceDigest, ...request }
}
