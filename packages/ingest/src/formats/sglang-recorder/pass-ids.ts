/** Ids of one forward pass of SGLang's `per_token` recorder: from physical slots to checked logical experts. */
import type { Model } from "@moira/core"
import { ContentFault } from "../../fault/content-fault.ts"
import { tensorOf, type TorchFile } from "../../codecs/pickle/torch-file.ts"
import { type LayerPlaces, layersOf, placesByCount } from "../../parts/layers.ts"
import { byLayer, layerMajor } from "../../parts/layer-major.ts"
import type { PassRecord, SlotMap } from "./recording.ts"

/** A pass with ids `[layerIndex][token][k]` of the model's MoE layers. */
export interface PassIds {
  readonly tokens: number
  readonly ids: Uint16Array
}

/** The raw ids of a record, `[layer][token][column]`, physical and padded with -1. */
export interface RawPass {
  readonly layers: number
  readonly tokens: number
  readonly columns: number
  readonly slots: Float64Array
}

export const readRawPass = (torch: TorchFile, { dict, index }: PassRecord): RawPass => {
  const tensor = tensorOf(dict, "topk_ids_of_layer", [3], `record ${index}`)
  const [layers, tokens, columns] = tensor.shape as [number, number, number]
  return { layers, tokens, columns, slots: torch.read(tensor) }
}

/** Columns that hold an id in some row: those after the model's top-k are padding. */
export const usedColumns = ({ columns, slots }: RawPass): number => {
  let most = 0
  for (let i = 0; i < slots.length; i++) if (slots[i] !== -1) most = Math.max(most, (i % columns) + 1)
  return most
}

/** The recorder's own histogram of a pass must be that of its ids, or one of them was damaged. */
const checkHistogram = (
  torch: TorchFile,
  { dict, index }: PassRecord,
  raw: RawPass,
  map: SlotMap,
  places: LayerPlaces
): void => {
  if (!dict.has("global_physical_count")) return
  const place = `record ${index}`
  const tensor = tensorOf(dict, "global_physical_count", [2], place)
  const told = torch.read(tensor)
  if (tensor.shape[0] !== map.layers || tensor.shape[1] !== map.slots)
    throw new ContentFault(
      "Ragged",
      place,
      `global_physical_count is [${tensor.shape.join(", ")}], its map [${map.layers}, ${map.slots}]`
    )
  const seen = new Float64Array(told.length)
  const ofLayer = raw.tokens * raw.columns
  const routes = (layer: number) => places[layer]! >= 0
  for (let i = 0; i < raw.slots.length; i++) {
    const layer = Math.floor(i / ofLayer)
    if (raw.slots[i] !== -1 && routes(layer)) seen[layer * map.slots + raw.slots[i]!]! += 1
  }
  const wrong = told.findIndex((count, i) => routes(Math.floor(i / map.slots)) && count !== seen[i])
  if (wrong >= 0)
    throw new ContentFault(
      "Malformed",
      `${place}, layer ${Math.floor(wrong / map.slots)}`,
      `slot ${wrong % map.slots} was counted ${told[wrong]} times, its ids are there ${seen[wrong]} times`
    )
}

/** Checks a pass, maps its slots to experts and drops the padding columns. Throws `ContentFault`. */
export const passIds = (torch: TorchFile, record: PassRecord, raw: RawPass, map: SlotMap, model: Model): PassIds => {
  const { layers, tokens, columns, slots } = raw
  const { topK } = model
  const place = `record ${record.index}`
  const places = placesByCount(model, layers)
  if (places === undefined) throw new ContentFault("WrongShape", place, `${layers} layers where ${layersOf(model)}`)
  if (layers !== map.layers)
    throw new ContentFault("Ragged", place, `${layers} layers, where the map has ${map.layers}`)
  if (map.experts !== model.experts)
    throw new ContentFault(
      "WrongShape",
      place,
      `slots of ${map.experts} experts, where ${model.id} has ${model.experts}`
    )
  if (columns < topK)
    throw new ContentFault("WrongShape", place, `rows of ${columns} ids, where ${model.id} chooses ${topK}`)
  const values = new Int32Array(tokens * layers * topK)
  for (let layer = 0; layer < layers; layer++) {
    const dense = places[layer]! < 0
    for (let token = 0; token < tokens; token++) {
      const from = (layer * tokens + token) * columns
      const to = (layer * tokens + token) * topK
      for (let k = 0; k < columns; k++) {
        const slot = slots[from + k]!
        if (slot === -1) {
          if (k < topK) values[to + k] = -1
          continue
        }
        // What stands at a dense layer is a filling, which `layerMajor` looks at.
        if (dense) {
          if (k < topK) values[to + k] = slot
          continue
        }
        if (!(Number.isInteger(slot) && slot >= 0 && slot < map.slots))
          throw new ContentFault(
            "OutOfRange",
            `${place}, layer ${layer}, token ${token}`,
            `slot ${slot} is outside 0-${map.slots - 1}`
          )
        if (k >= topK)
          throw new ContentFault(
            "WrongShape",
            `${place}, layer ${layer}, token ${token}`,
            `an id after the ${topK} that ${model.id} chooses`
          )
        const expert = map.logical[layer * map.slots + slot]!
        if (expert < 0)
          throw new ContentFault(
            "OutOfRange",
            `${place}, layer ${layer}, token ${token}`,
            `slot ${slot} holds no expert by the map at the end of recording`
          )
        values[to + k] = expert
      }
    }
  }
  checkHistogram(torch, record, raw, map, places)
  return { tokens, ids: layerMajor(byLayer({ values, tokens, layers, topK, place: () => place }), model, places) }
}

/** Tokens `from` to `to` of ids `[layerIndex][token][k]`. */
export const cutTokens = ({ tokens, ids }: PassIds, topK: number, from: number, to: number): Uint16Array => {
  const moe = ids.length / (tokens * topK)
  const size = (to - from) * topK
  const out = new Uint16Array(moe * size)
  for (let l = 0; l < moe; l++) {
    const at = (l * tokens + from) * topK
    out.set(ids.subarray(at, at + size), l * size)
  }
  return out
}
