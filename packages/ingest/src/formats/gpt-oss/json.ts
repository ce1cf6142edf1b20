/** One request: `router_data[i].token_N.layer_L = {selected_experts, selected_probs}`. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readIdRow } from "../../codecs/json/id-rows.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"
import { byToken, type StridedIds } from "../../parts/layer-major.ts"

export interface Fingerprint {
  readonly dataset: string | undefined
  readonly category: string | undefined
  readonly routed: StridedIds
}

const keyOf = { token: /^token_(0|[1-9]\d{0,8})$/, layer: /^layer_(0|[1-9]\d{0,8})$/ } as const

/** The number at the end of a key such as `token_101`. */
const numberOf = (cursor: JsonCursor, key: string, what: "token" | "layer"): number => {
  const digits = keyOf[what].exec(key)?.[1]
  if (digits === undefined)
    throw cursor.fault("Malformed", `the key ${JSON.stringify(key.slice(0, 40))} is no ${what}_N`)
  return Number(digits)
}

/** The experts of one layer. Returns how many there are. */
const readLayer = (cursor: JsonCursor, ids: GrowingIds): number => {
  let [experts, probabilities] = [-1, -1]
  cursor.kind()
  const at = cursor.at
  cursor.object((key) => {
    if (key === "selected_experts") experts = readIdRow(cursor, ids)
    else if (key === "selected_probs") probabilities = cursor.list(() => cursor.skipNumber())
    else cursor.skip()
  })
  if (experts < 0) throw cursor.faultAt("WrongShape", at, "no selected_experts")
  if (probabilities >= 0 && probabilities !== experts)
    throw cursor.faultAt("Ragged", at, `${experts} selected_experts, but ${probabilities} selected_probs`)
  return experts
}

/** The layers of one token, `layer_0` first, each once and in order. */
const readLayers = (cursor: JsonCursor, ids: GrowingIds, shape: { topK: number }): number => {
  let layers = 0
  cursor.object((key) => {
    const at = cursor.at
    const layer = numberOf(cursor, key, "layer")
    if (layer !== layers) throw cursor.fault("WrongShape", `layer_${layer} where layer_${layers} was expected`)
    const experts = readLayer(cursor, ids)
    if (shape.topK < 0) shape.topK = experts
    if (experts !== shape.topK)
      throw cursor.faultAt("Ragged", at, `${experts} experts at layer ${layer} after rows of ${shape.topK}`)
    layers++
  })
  return layers
}

const readTokens = (cursor: JsonCursor): StridedIds => {
  const ids = new GrowingIds()
  const places: Array<number> = []
  const shape = { topK: -1 }
  let layers = -1
  let next = -1
  cursor.kind()
  const start = cursor.base + cursor.at
  const tokens = cursor.list((index) => {
    cursor.kind()
    const at = cursor.at
    places.push(cursor.base + at)
    let entries = 0
    cursor.object((key) => {
      const token = numberOf(cursor, key, "token")
      if (entries++ > 0) throw cursor.fault("WrongShape", `token ${token} in the element of another`)
      if (index > 0 && token !== next) throw cursor.fault("Ragged", `token_${token} where token_${next} was expected`)
      next = token + 1
      const count = readLayers(cursor, ids, shape)
      if (layers < 0) layers = count
      if (count !== layers) throw cursor.faultAt("Ragged", at, `${count} layers after tokens of ${layers}`)
    })
    if (entries === 0) throw cursor.faultAt("WrongShape", at, "an element without a token")
  })
  if (tokens === 0) throw new ContentFault("WrongShape", `byte ${start}`, "router_data holds no token")
  return byToken({
    values: ids.view(),
    tokens,
    layers,
    topK: Math.max(0, shape.topK),
    place: (token) => `byte ${places[token] ?? start}`
  })
}

/** Reads the request at the cursor. Throws `ContentFault`. */
export const fingerprintJson = (cursor: JsonCursor): Fingerprint => {
  let [dataset, category] = [undefined as string | undefined, undefined as string | undefined]
  let routed: StridedIds | undefined
  cursor.kind()
  const at = cursor.at
  cursor.object((key) => {
    if (key === "dataset" && cursor.kind() === "string") dataset = cursor.string()
    else if (key === "category" && cursor.kind() === "string") category = cursor.string()
    else if (key === "router_data") routed = readTokens(cursor)
    else cursor.skip()
  })
  if (routed === undefined) throw cursor.faultAt("WrongShape", at, "no router_data")
  return { dataset, category, routed }
}
