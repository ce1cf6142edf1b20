/** Decodes responses of SGLang file by file. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { byToken, type StridedIds } from "../../parts/layer-major.ts"
import { decodeResponses } from "../../parts/responses/decode-responses.ts"
import { type Outcome, requestsOf } from "../../parts/responses/requests-of.ts"
import type { Shaped } from "../../parts/responses/shaped.ts"
import { isFlat, type Response, type Routed } from "../../parts/responses/response.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { readSglangResponse, sglang } from "./response.ts"

/** Flat ids as rows, where they are whole tokens of so many layers. */
const shaped = (routed: Routed, layers: number, topK: number): StridedIds | undefined => {
  if (!isFlat(routed)) return routed
  const tokens = routed.flat.length / (layers * topK)
  if (!Number.isInteger(tokens)) return undefined
  return byToken({ values: routed.flat, tokens, layers, topK, place: () => routed.place })
}

const withLayers = (response: Response, layers: number, topK: number): Shaped | undefined => {
  const choices: Array<Shaped["choices"][number]> = []
  for (const { routed, ...choice } of response.choices) {
    const ids = routed === undefined ? undefined : shaped(routed, layers, topK)
    if (routed !== undefined && ids === undefined) return undefined
    choices.push(ids === undefined ? choice : { ...choice, routed: ids })
  }
  return { ...response, prompt: undefined, engine: sglang, choices }
}

const requests = (response: Response, model: Model, group: string, options: DecodeOptions): ReadonlyArray<Outcome> => {
  const { usage, choices } = response
  const flat = choices.find(({ routed }) => routed !== undefined && isFlat(routed))
  // Without routing, or with rows of their own shape, there is nothing to find out.
  if (flat === undefined) return requestsOf(withLayers(response, 1, 1)!, model, group, options)
  if (usage.promptTokens === undefined || usage.completionTokens === undefined)
    throw new ContentFault(
      "WrongShape",
      flat.place,
      "the response does not give prompt_tokens and completion_tokens, without which flat ids are no rows",
      'write both into its "usage" or "meta_info", or leave the record out with --skip-bad'
    )
  // The engine counts every hidden layer, some converters MoE layers alone.
  let fault: ContentFault | undefined
  for (const layers of [model.layers, moeLayers(model).length]) {
    const rows = withLayers(response, layers, model.topK)
    if (rows === undefined) continue
    try {
      return requestsOf(rows, model, group, options)
    } catch (cause) {
      if (!(cause instanceof ContentFault)) throw cause
      fault ??= cause
    }
  }
  if (fault !== undefined) throw fault
  const ids = choices
    .map(({ routed }) => (routed !== undefined && isFlat(routed) ? routed.flat.length : 0))
    .join(" and ")
  throw new ContentFault(
    "WrongShape",
    flat.place,
    `${ids} ids are no whole tokens of ${model.id}, of ${model.layers} layers and top-${model.topK}`,
    "the file may be of another model (choose it with --model), or its ids may be cut short"
  )
}

const decode =
  (model: Model, options: DecodeOptions) =>
  (file: LabelledFile): Generator<Decoded> =>
    decodeResponses(file, readSglangResponse, (response, group) => requests(response, model, group, options), options)

export default decode
