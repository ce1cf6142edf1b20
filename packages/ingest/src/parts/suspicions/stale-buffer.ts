/** Tokens whose rows equal those of the token before at every layer: a buffer that was read again before it was written. */
import { missingExpert } from "@moira/trace/segments"
import { type Detector, enoughBits, type Rows, warning } from "./rows.ts"

/** Tokens of one layer that are looked at first: they clear nearly every request. */
const sampled = 64

/** Fewest repeats, and share of the tokens that have a token before them, from which on they are told. */
const fewestRepeats = 4
const leastShare = 0.25

/** True where the row of `token` is recorded and equals that of the token before; hot, no allocation. */
const repeats = ({ ids, tokens, topK }: Rows, layer: number, token: number): boolean => {
  const from = (layer * tokens + token) * topK
  for (let i = from; i < from + topK; i++) if (ids[i] !== ids[i - topK] || ids[i] === missingExpert) return false
  return true
}

/** True where some of the tokens that are sampled from `first + 1` to `end` repeat the one before at the first layer. */
const mayRepeat = (rows: Rows, first: number, end: number): boolean => {
  const stride = Math.ceil((end - first) / sampled)
  let [looked, count] = [0, 0]
  for (let token = first + 1; token < end; token += stride) {
    looked++
    if (repeats(rows, 0, token)) count++
  }
  return count > (looked * leastShare) / 2
}

/** How many tokens from `first + 1` to `end` repeat the one before at all layers; 0 where these are fewer than `least`. */
const countRepeats = (rows: Rows, first: number, end: number, least: number): number => {
  let count = 0
  for (let token = first + 1; token < end; token++) {
    let layer = 0
    while (layer < rows.layers.length && repeats(rows, layer, token)) layer++
    if (layer === rows.layers.length) count++
  }
  return count < least ? 0 : count
}

const isStale = (rows: Rows, first: number, end: number): boolean => {
  const least = Math.max(fewestRepeats, leastShare * (end - first - 1))
  // Of a few choices some repeat by chance.
  const bits = rows.layers.length * rows.bits - 2 * Math.log2(1 / leastShare)
  if (end - first <= fewestRepeats || bits <= 0 || !mayRepeat(rows, first, end)) return false
  return countRepeats(rows, first, end, least) * bits >= enoughBits
}

/**
 * Consecutive tokens never choose the same experts at every layer but by a fault, or in text that repeats one token without
 * end. Decode tokens and prompt tokens are looked at apart.
 */
export const staleBuffer: Detector = (rows) => {
  const { prefillTokens, tokens } = rows
  const decode = isStale(rows, prefillTokens, tokens)
  if (!decode && !isStale(rows, 0, prefillTokens)) return undefined
  return warning(
    `many ${decode ? "decode" : "prompt"} tokens choose the same experts as the token before at every layer: a stale buffer that the recorder read again ` +
      "(known of replayed CUDA graphs), or text that repeats one token; caches seem to hit nearly always. Record again without CUDA graphs or with the engine's fix, or leave these requests out"
  )
}
