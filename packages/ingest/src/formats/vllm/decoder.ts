/** Decodes responses and arrays of vLLM one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { decodeResponses } from "../../parts/responses/decode-responses.ts"
import { requestsOf } from "../../parts/responses/requests-of.ts"
import type { Shaped } from "../../parts/responses/shaped.ts"
import { isFlat, type Response, type Routed } from "../../parts/responses/response.ts"
import type { StridedIds } from "../../parts/layer-major.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { arrayRequest } from "./array.ts"
import type { VllmItem } from "./files.ts"
import { readResponse, vllm } from "./response.ts"

/** Every packing of vLLM has a shape. */
const rows = (routed: Routed | undefined): StridedIds | undefined =>
  routed === undefined || isFlat(routed) ? undefined : routed

const shaped = (response: Response): Shaped => ({
  ...response,
  engine: vllm,
  prompt: rows(response.prompt),
  choices: response.choices.map(({ routed, ...choice }) => {
    const ids = rows(routed)
    return ids === undefined ? choice : { ...choice, routed: ids }
  })
})

const decode = (model: Model, options: DecodeOptions) =>
  function* (item: VllmItem): Generator<Decoded> {
    if (item.kind === "array") yield arrayRequest(item, model, options)
    else
      yield* decodeResponses(
        item,
        readResponse,
        (response, group) => requestsOf(shaped(response), model, group, options),
        options
      )
  }

export default decode
