/** Rows that are experts 0, 1, 2, ... at every layer: what engines fill in where no router chose. */
import { type Detector, enoughBits, type Rows, warning } from "./rows.ts"

/** True where a row is 0 to K - 1 in order. */
const isDummy = ({ ids, tokens, topK }: Rows, layer: number, token: number): boolean => {
  const from = (layer * tokens + token) * topK
  for (let k = 0; k < topK; k++) if (ids[from + k] !== k) return false
  return true
}

/** Tokens that are looked at first, evenly apart, so that long requests cost no more than short ones. */
const sampled = 256

/** How many of every `stride`-th token are dummies. */
const countDummies = (rows: Rows, stride: number): number => {
  const { ids, layers, tokens, topK } = rows
  let count = 0
  for (let token = 0; token < tokens; token += stride) {
    if (ids[token * topK] !== 0) continue
    let layer = 0
    while (layer < layers.length && isDummy(rows, layer, token)) layer++
    if (layer === layers.length) count++
  }
  return count
}

/** Rows of padding and of warm-up passes lie among those of requests; a server without weights gives no others. */
export const dummyRoutes: Detector = (rows) => {
  const { layers, tokens, topK, experts, bits } = rows
  if (topK === experts || countDummies(rows, Math.ceil(tokens / sampled)) === 0) return undefined
  const count = countDummies(rows, 1)
  // Where rows are few to choose from, some token is one by chance.
  if (count * (layers.length * bits - Math.log2(tokens)) < enoughBits) return undefined
  return warning(
    `${count === tokens ? "every token chooses" : "some tokens choose"} experts 0 to ${topK - 1}, in this order, at every layer: ` +
      "dummy routes of padding, of a warm-up or profiling pass, or of a model without its weights. They count as load until they are taken out; " +
      "record requests of a server that has the weights, or leave these out"
  )
}
