/** From the order of a file to the order of a store. */
import type { PatternShape } from "./shape.ts"

/** What a scan found, in file order: the prefill of each MoE layer, then each decode token with a row a layer. */
export interface FileOrder {
  readonly shape: PatternShape
  /** `[layers]` layer numbers in the order of the file. */
  readonly order: Int32Array
  readonly prefillTokens: number
  readonly decodeTokens: number
}

/** Copies `rows` rows of top-k ids, whose starts lie `stride` ids apart from `from` on, to one after another from `to` on. */
export type Gather = (from: number, stride: number, rows: number, to: number) => void

/** Copies all rows to `[layerIndex][token][k]`, prefill tokens first; layers ascending whatever their order in the file. */
export const toLayerMajor = (file: FileOrder, gather: Gather): void => {
  const { shape, order, prefillTokens, decodeTokens } = file
  const { topK, moeLayers } = shape
  const prefillIds = prefillTokens * topK
  let position = 0
  for (const layer of order) {
    const index = shape.moeIndex[layer]!
    if (index < 0) continue
    const to = index * (prefillTokens + decodeTokens) * topK
    gather(position * prefillIds, topK, prefillTokens, to)
    gather(moeLayers * prefillIds + position * topK, moeLayers * topK, decodeTokens, to + prefillIds)
    position++
  }
}

/** A `Gather` between arrays of any one kind. Hot: no allocation. */
const gatherIn =
  (from: Uint16Array | Int32Array, to: Uint16Array | Int32Array, width: number): Gather =>
  (start, stride, rows, at) => {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) to[at + i] = from[start + i]!
      start += stride
      at += width
    }
  }

const pairsOf = (ids: Uint16Array): Int32Array => new Int32Array(ids.buffer, ids.byteOffset, ids.length >> 1)

/** A `Gather` of rows of `topK` ids from one array to another; ids in pairs where rows allow it: half the loads and stores. */
export const gatherRows = (from: Uint16Array, to: Uint16Array, topK: number): Gather => {
  if (topK % 2 !== 0 || from.byteOffset % 4 !== 0 || to.byteOffset % 4 !== 0) return gatherIn(from, to, topK)
  const pairs = gatherIn(pairsOf(from), pairsOf(to), topK / 2)
  return (start, stride, rows, at) => pairs(start / 2, stride / 2, rows, at / 2)
}
