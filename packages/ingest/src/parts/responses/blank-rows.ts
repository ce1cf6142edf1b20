/** Tokens of an array that hold no routing: what their buffer was filled with. */
import type { StridedIds } from "../layer-major.ts"

/** Numbers that buffers are filled with: 0, -1, and -1 in unsigned types. */
const isFill = (id: number): boolean => id === 0 || id === -1 || id === 255 || id === 65_535

/** True where each row of a token repeats one such number, which no router gives when it chooses several experts. */
const isBlank = ({ values, layers, topK, tokenStride, layerStride }: StridedIds, token: number): boolean => {
  for (let layer = 0; layer < layers; layer++) {
    const from = token * tokenStride + layer * layerStride
    const fill = values[from]!
    if (!isFill(fill)) return false
    for (let k = 1; k < topK; k++) if (values[from + k] !== fill) return false
  }
  return topK > 1
}

/** How many of the last tokens are blank; 0 where all are, which is another fault. */
export const blankTail = (source: StridedIds): number => {
  let token = source.tokens
  while (token > 0 && isBlank(source, token - 1)) token--
  return token === 0 ? 0 : source.tokens - token
}

/** How many of the first `most` tokens are blank before one that is not. */
export const blankHead = (source: StridedIds, most: number): number => {
  let token = 0
  while (token < most && isBlank(source, token)) token++
  return token
}

/** True where every id of the tokens is -1: holes that engines leave on purpose. */
export const areHoles = (source: StridedIds, from: number, to: number): boolean => {
  const { values, layers, topK, tokenStride, layerStride } = source
  for (let token = from; token < to; token++)
    for (let layer = 0; layer < layers; layer++)
      for (let k = 0; k < topK; k++) if (values[token * tokenStride + layer * layerStride + k] !== -1) return false
  return true
}

/** The same ids with holes in place of some tokens. */
export const withHoles = (
  source: StridedIds,
  ranges: ReadonlyArray<readonly [from: number, to: number]>
): StridedIds => {
  const { tokens, layers, topK, tokenStride, layerStride } = source
  if (ranges.every(([from, to]) => to <= from)) return source
  const values = new Float64Array(tokens * layers * topK)
  for (let token = 0; token < tokens; token++) {
    const hole = ranges.some(([from, to]) => token >= from && token < to)
    for (let layer = 0; layer < layers; layer++) {
      const to = (token * layers + layer) * topK
      const at = token * tokenStride + layer * layerStride
      for (let k = 0; k < topK; k++) values[to + k] = hole ? -1 : source.values[at + k]!
    }
  }
  return { ...source, values, tokenStride: layers * topK, layerStride: topK }
}
