/** From ids in a recorder's order to the checked, layer-major ids of a request. */
import { missingExpert } from "@moira/trace/segments"
import type { Model } from "@moira/core"
import { choosableIds, moeLayers } from "@moira/core/thread"
import { ContentFault } from "../fault/content-fault.ts"
import { layersOf, type LayerPlaces, placesByCount } from "./layers.ts"

/**
 * Ids as a recorder left them: a row of `topK` ids for each token and layer of the file, at
 * `token * tokenStride + layer * layerStride` of `values`. -1 is a position that was not recorded.
 */
export interface StridedIds {
  readonly values: ArrayLike<number>
  readonly tokens: number
  readonly layers: number
  readonly topK: number
  /** Entries of `values` from a token's row to that of the next token, and from a layer's to that of the next layer. */
  readonly tokenStride: number
  readonly layerStride: number
  /** The greatest id that the recorder's element type can hold, where it has one. */
  readonly greatestId?: number
  /** Where a row came from, for messages: `byte 12`; layer and token are added. */
  readonly place: (token: number, layer: number) => string
}

/** Rows one after another, without their strides. */
export type DenseIds = Omit<StridedIds, "tokenStride" | "layerStride">

/** Ids as `[token][layer][k]`. */
export const byToken = (ids: DenseIds): StridedIds => ({
  ...ids,
  tokenStride: ids.layers * ids.topK,
  layerStride: ids.topK
})

/** Ids as `[layer][token][k]`. */
export const byLayer = (ids: DenseIds): StridedIds => ({
  ...ids,
  tokenStride: ids.topK,
  layerStride: ids.tokens * ids.topK
})

/** Where a row starts in the values. */
const rowAt = ({ tokenStride, layerStride }: StridedIds, token: number, layer: number): number =>
  token * tokenStride + layer * layerStride

const zeroRows =
  "a row of zeros is mostly one that the engine never wrote, or padding; leave the record out with --skip-bad, or record again with an engine that writes all rows"

/** Refuses an element type that cannot hold all ids: higher ones were wrapped or clamped to others, which nothing shows. */
const checkWidth = (source: StridedIds, model: Model): void => {
  const { greatestId } = source
  const choosable = choosableIds(model)
  if (greatestId === undefined || greatestId >= choosable - 1) return
  const bits = Math.log2(greatestId + 1)
  throw new ContentFault(
    "WrongShape",
    source.place(0, 0),
    `${bits % 8 === 0 ? `uint${bits}` : `int${bits + 1}`} cannot hold the ids of ${choosable} experts, which ${model.id} chooses from: at most ${greatestId}`,
    "record ids of 16 bits or more, or choose the model that the file is of with --model"
  )
}

/** True where no id differs from 0, which no router gives when it must choose at least two different experts. */
const neverWritten = (source: StridedIds): boolean => {
  const { values, tokens, layers, topK } = source
  if (topK < 2 || tokens * layers === 0) return false
  for (let token = 0; token < tokens; token++) {
    for (let layer = 0; layer < layers; layer++) {
      const from = rowAt(source, token, layer)
      for (let k = 0; k < topK; k++) if (values[from + k] !== 0) return false
    }
  }
  return true
}

/** Checks one row and copies it. No allocation: the hot loop of every array format. */
const copyRow = (
  values: ArrayLike<number>,
  from: number,
  out: Uint16Array,
  to: number,
  topK: number,
  choosable: number
): number => {
  for (let k = 0; k < topK; k++) {
    const id = values[from + k]!
    if (id === -1) {
      out[to + k] = missingExpert
      continue
    }
    if (!(id >= 0 && id < choosable)) return k
    for (let j = 0; j < k; j++) if (out[to + j] === id) return k
    out[to + k] = id
  }
  return -1
}

/** What else may be wrong where ids repeat: none of them is above what a byte holds, though the model has more experts. */
const narrowHint = (source: StridedIds, experts: number): string | undefined => {
  const { values, tokens, layers, topK } = source
  let greatest = 0
  for (let token = 0; token < tokens; token++)
    for (let layer = 0; layer < layers; layer++) {
      const from = rowAt(source, token, layer)
      for (let k = 0; k < topK; k++) greatest = Math.max(greatest, values[from + k]!)
    }
  const bound = [255, 127].find((most) => experts > most + 1 && greatest <= most)
  return bound === undefined
    ? undefined
    : `no id is above ${bound}, though the model has ${experts} experts: ids that went through an 8-bit type are clamped or wrap round, and so repeat; record 16-bit ids, or choose the model with --model`
}

/** Why an id of a row was refused. */
const rowFault = (source: StridedIds, token: number, layer: number, k: number, model: Model, real: number) => {
  const { values, topK } = source
  const from = rowAt(source, token, layer)
  const id = values[from + k]!
  const place = `${source.place(token, layer)}, layer ${real}, token ${token}`
  if (id >= 0 && id < choosableIds(model)) {
    const zeros = Array.from({ length: topK }, (_, i) => values[from + i]).every((each) => each === 0)
    const hint = zeros ? zeroRows : narrowHint(source, choosableIds(model))
    return new ContentFault("Repeated", place, `expert ${id} comes twice in the row`, hint)
  }
  const unsigned = id === 255 || id === 65_535 ? "; -1 kept in an unsigned type looks so" : ""
  const signed = id < -1 && id >= -128 ? "; an id above 127 kept in a signed byte looks so" : ""
  const wrapped = unsigned + signed
  return new ContentFault("OutOfRange", place, `expert id ${id} is outside 0-${choosableIds(model) - 1}${wrapped}`)
}

const isBlank = (id: number): boolean => id === 0 || id === -1

/**
 * A dense layer's part of a buffer holds what the buffer was filled with: zeros and -1, or rows of one other number (255 or
 * 65,535 where -1 does not fit). Anything else is routing at a layer that does not route: the file is of another model.
 */
const checkDense = (source: StridedIds, layer: number, model: Model): void => {
  const { values, tokens, topK } = source
  let fill: number | undefined
  for (let token = 0; token < tokens; token++) {
    const from = rowAt(source, token, layer)
    // With a top-1 the number after the first is of another row.
    const [first, second] = [values[from]!, values[from + (topK > 1 ? 1 : 0)]!]
    const other = isBlank(first) ? second : first
    if (!isBlank(other)) fill ??= other
    for (let k = 0; k < topK; k++) {
      const id = values[from + k]!
      if (isBlank(other) ? !isBlank(id) : id !== fill)
        throw new ContentFault(
          "WrongShape",
          `${source.place(token, layer)}, layer ${layer}, token ${token}`,
          `expert ${isBlank(id) ? other : id}, but ${model.id} has no experts at this layer`
        )
    }
  }
}

/** Checks all rows of the layers that have a place and copies each to where it belongs. Throws `ContentFault`. */
const copyRows = (source: StridedIds, model: Model, places: LayerPlaces, moe: ReadonlyArray<number>): Uint16Array => {
  const { values, tokens, layers, topK, tokenStride, layerStride } = source
  const choosable = choosableIds(model)
  const out = new Uint16Array(moe.length * tokens * topK)
  // In the order of the file, so that the first fault in it is the one told.
  const byTokens = tokenStride >= layerStride
  const [outside, outsideStride] = byTokens ? [tokens, tokenStride] : [layers, layerStride]
  const [inside, insideStride] = byTokens ? [layers, layerStride] : [tokens, tokenStride]
  for (let i = 0; i < outside; i++) {
    let from = i * outsideStride
    for (let j = 0; j < inside; j++, from += insideStride) {
      const token = byTokens ? i : j
      const layer = byTokens ? j : i
      const index = places[layer]!
      if (index < 0) continue
      const wrong = copyRow(values, from, out, (index * tokens + token) * topK, topK, choosable)
      if (wrong >= 0) throw rowFault(source, token, layer, wrong, model, moe[index]!)
    }
  }
  return out
}

/**
 * The ids as `[layerIndex][token][k]` of the model's MoE layers, checked and copied once. `given` says which of these each
 * layer of the file is, where its number alone does not. Throws `ContentFault`.
 */
export const layerMajor = (source: StridedIds, model: Model, given?: LayerPlaces): Uint16Array => {
  const { layers, topK } = source
  const place = source.place(0, 0)
  if (topK !== model.topK)
    throw new ContentFault("WrongShape", place, `rows of ${topK} ids where ${model.id} chooses ${model.topK}`)
  const places = given ?? placesByCount(model, layers)
  if (places === undefined) throw new ContentFault("WrongShape", place, `${layers} layers where ${layersOf(model)}`)
  checkWidth(source, model)
  if (neverWritten(source))
    throw new ContentFault(
      "WrongShape",
      place,
      "every id is 0: the engine returned a buffer that it never wrote (a known bug of routed-experts capture)",
      "record again with an engine that has the fix, or leave the record out with --skip-bad"
    )
  places.forEach((index, layer) => {
    if (index < 0) checkDense(source, layer, model)
  })
  return copyRows(source, model, places, moeLayers(model))
}
