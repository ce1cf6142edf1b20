/** Rows that deal out all experts in turn: the ranking of one token, read as if it were the choices of several. */
import { missingExpert } from "@moira/trace/segments"
import { choiceBits, type Detector, enoughBits, type Rows, warning } from "./rows.ts"

/** Rows without a common expert that are evidence only at the start of a prompt shorter than a block. */
const fewestRows = 3

const bitsOf = new Map<string, number>()

/** log2 of one over the chance that `rows` rows of a layer, drawn evenly, have no expert in common. */
const distinctBits = ({ experts, topK, bits: of }: Rows, rows: number): number => {
  const key = `${experts}/${topK}/${rows}`
  const known = bitsOf.get(key)
  if (known !== undefined) return known
  let bits = 0
  for (let row = 1; row < rows; row++) bits += of - choiceBits(experts - row * topK, topK)
  bitsOf.set(key, bits)
  return bits
}

/** log2 of one over the chance of that at some token, by `layers` layers. */
const evidence = (rows: Rows, layers: number, count: number): number =>
  layers * distinctBits(rows, count) - Math.log2(Math.max(1, rows.tokens))

/**
 * Whether `count` rows of a layer from `token` on have no expert in common; "cut" where some are holes, as at the last layer of
 * llama.cpp's prompts, and the others have none. `seen` holds stamps.
 */
const areDistinct = (
  { ids, tokens, topK, experts }: Rows,
  layer: number,
  token: number,
  count: number,
  seen: Int32Array,
  stamp: number
): boolean | "cut" => {
  const from = (layer * tokens + token) * topK
  let distinct: boolean | "cut" = true
  for (let i = from; i < from + count * topK; i++) {
    const id = ids[i]!
    if (id === missingExpert) {
      distinct = "cut"
      continue
    }
    if (id >= experts || seen[id] === stamp) return false
    seen[id] = stamp
  }
  return distinct
}

/** True where no layer has an expert in common, and those without holes are evidence enough. */
const isDealt = (rows: Rows, token: number, count: number, seen: Int32Array): boolean => {
  seen.fill(-1)
  let whole = 0
  for (let layer = 0; layer < rows.layers.length; layer++) {
    const distinct = areDistinct(rows, layer, token, count, seen, layer)
    if (distinct === false) return false
    if (distinct === true) whole++
  }
  return evidence(rows, whole, count) >= enoughBits
}

/** True where some `count` rows up to token `end` have no expert in common at any layer. */
const hasBlock = (rows: Rows, count: number, end: number, seen: Int32Array): boolean => {
  const { ids, topK, experts } = rows
  // The last row of the first layer that chose each expert: a window of rows without a common one slides over them.
  const lastRow = new Int32Array(experts).fill(-1)
  let start = 0
  for (let token = 0; token < end; token++) {
    for (let i = token * topK; i < (token + 1) * topK; i++) {
      const id = ids[i]!
      if (id === missingExpert || id >= experts) start = token + 1
      else {
        if (lastRow[id]! >= start) start = lastRow[id]! + 1
        lastRow[id] = token
      }
    }
    if (token - start + 1 >= count && isDealt(rows, token + 1 - count, count, seen)) return true
  }
  return false
}

/**
 * A top-k view of sorted experts has the row stride of all experts. Read without it, the rows of a batch are the whole
 * ranking of its first token, then of its second, and so on: each E/K rows of a layer hold every expert once, which
 * routing never does.
 */
export const stridedView: Detector = (rows) => {
  const { experts, topK, layers, tokens, prefillTokens } = rows
  const block = Math.floor(experts / topK)
  const count = Math.min(block, prefillTokens === 0 ? block : prefillTokens)
  if (count < 2 || count > tokens || evidence(rows, layers.length, count) < enoughBits) return undefined
  const seen = new Int32Array(experts)
  // A prompt shorter than a block is looked at as a whole; the start of a longer one holds a whole ranking wherever its batch begins.
  const found =
    count < block
      ? count >= fewestRows && isDealt(rows, 0, count, seen)
      : hasBlock(rows, block, Math.min(tokens, 2 * block + fewestRows), seen)
  if (!found) return undefined
  return warning(
    `from the start of a batch on, every ${block} rows of a layer (${experts} experts, top-${topK}) hold each expert at most once, which routing never does: ` +
      "the recorder read a strided view of the ranking as if it were contiguous, so these rows are no choices and hide hot experts. " +
      "Record again with a recorder that copies the view row by row, or leave the prompts out"
  )
}
