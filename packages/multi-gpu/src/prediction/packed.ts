/** Experts' rows as DeepGEMM's contiguous layout has them. */
import { sum } from "@moira/core/statistics"

/** Rows of a tile of that layout. */
const tile = 128

/**
 * Tokens of the experts that are read where rows lie packed, not padded to whole tiles for every expert: a tile takes the
 * weights of its first row's expert, so few rows read few experts. That is how the benchmark's uniform series runs; engines pad.
 */
export const packedTokens = (tokens: ArrayLike<number>): Float64Array => {
  const rows = sum(tokens)
  const read = Math.min(tokens.length, Math.ceil(rows / tile))
  return Float64Array.from(tokens, (_, e) => (e < read ? rows / read : 0))
}
