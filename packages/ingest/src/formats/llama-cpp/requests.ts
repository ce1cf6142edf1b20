/** Joins forward passes into requests: prefill passes of several tokens, then decode passes of one. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { byLayer, layerMajor } from "../../parts/layer-major.ts"
import { layersOf, placesByNumber } from "../../parts/layers.ts"
import type { Pass } from "./passes.ts"

interface Checked {
  readonly tokens: number
  /** `[layerIndex][token][k]`. */
  readonly ids: Uint16Array
}

export interface JoinedRequest {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
}

const checked = ({ layers, idsPerLayer, ids, line }: Pass, model: Model): Checked => {
  const { topK } = model
  const place = `line ${line}`
  const byNumber = placesByNumber(model, layers)
  if (byNumber === undefined)
    throw new ContentFault("WrongShape", place, `a pass of ${layers.length} layers, where ${layersOf(model)}`)
  if (idsPerLayer % topK !== 0)
    throw new ContentFault("WrongShape", place, `${idsPerLayer} activations a layer, where ${model.id} chooses ${topK}`)
  const tokens = idsPerLayer / topK
  const lineOf = (token: number, layer: number) => `line ${line + layer * idsPerLayer + token * topK}`
  const places = Int32Array.from(byNumber.values())
  const source = byLayer({ values: ids, tokens, layers: layers.length, topK, place: lineOf })
  return { tokens, ids: layerMajor(source, model, places) }
}

/** Puts passes one after another at every layer. */
const join = (passes: ReadonlyArray<Checked>, prefillTokens: number, model: Model): JoinedRequest => {
  const tokens = passes.reduce((total, pass) => total + pass.tokens, 0)
  const layers = moeLayers(model).length
  const ids = new Uint16Array(layers * tokens * model.topK)
  let before = 0
  for (const pass of passes) {
    const size = pass.tokens * model.topK
    for (let layer = 0; layer < layers; layer++)
      ids.set(pass.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * model.topK)
    before += pass.tokens
  }
  return { prefillTokens, decodeTokens: tokens - prefillTokens, ids }
}

/** Yields requests; a pass of several tokens after one of a single token starts the next. Throws `ContentFault`. */
export function* requestsOfPasses(passes: Iterable<Pass>, model: Model): Generator<JoinedRequest> {
  let held: Array<Checked> = []
  let [prefillTokens, heldIds, decoding] = [0, 0, false]
  for (const pass of passes) {
    const next = checked(pass, model)
    const several = next.tokens > 1
    if (several && decoding) {
      yield join(held, prefillTokens, model)
      held = []
      ;[prefillTokens, heldIds, decoding] = [0, 0, false]
    }
    heldIds += next.ids.length
    if (heldIds * 4 > maxHeldBytes)
      throw new ContentFault("WrongShape", `line ${pass.line}`, "a request of more tokens than are held in memory")
    held.push(next)
    if (several) prefillTokens += next.tokens
    else decoding = true
  }
  if (held.length > 0) yield join(held, prefillTokens, model)
}
