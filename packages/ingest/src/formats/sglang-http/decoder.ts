/** Decodes responses of SGLang file by file. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import type { TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { DecodeOptions } from "../../source.ts"
import { labelsOf } from "../../parts/labels.ts"
import { byToken, layerMajor } from "../../parts/layer-major.ts"
import { possibleTokens, readSglangResponse, type SglangOutput } from "./response.ts"

/** Tokens and layers of the flat ids: the engine counts every hidden layer, some converters MoE layers alone. */
const shapeOf = (output: SglangOutput, model: Model): { readonly tokens: number; readonly layers: number } => {
  const { ids, promptTokens, completionTokens } = output
  const tokens = new Set(possibleTokens(output))
  for (const layers of [model.layers, moeLayers(model).length]) {
    const fitting = ids.length / (layers * model.topK)
    if (fitting > 0 && tokens.has(fitting)) return { tokens: fitting, layers }
  }
  throw new ContentFault(
    "WrongShape",
    output.place,
    `${ids.length} ids, which ${promptTokens} prompt and ${completionTokens} completion tokens of ${model.id} do not make`
  )
}

const requestOf = (
  output: SglangOutput,
  model: Model
): Pick<TraceRequest, "prefillTokens" | "decodeTokens" | "ids"> => {
  const { tokens, layers } = shapeOf(output, model)
  const prefillTokens = Math.min(output.promptTokens, tokens)
  const place = () => output.place
  const ids = layerMajor(byToken({ values: output.ids, tokens, layers, topK: model.topK, place }), model)
  return { prefillTokens, decodeTokens: tokens - prefillTokens, ids }
}

const decode = (model: Model, options: DecodeOptions) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    for (const { value, source, digest: sourceDigest } of documentsOf(
      file.path,
      readSglangResponse,
      options.sourceHash
    )) {
      for (const [index, output] of value.outputs.entries()) {
        const which = value.outputs.length === 1 ? source : `${source}, output ${index}`
        yield { ...labelsOf(file), source: which, sourceDigest, ...requestOf(output, model) }
      }
    }
  }

export default decode
