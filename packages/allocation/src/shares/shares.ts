/** Tokens by fixed shares, in whole numbers. */

/** Tokens up to share `upTo` of 1, of `tokens`: differences of it over growing shares are whole and add up to all tokens. */
export const cumulated = (tokens: number, upTo: number): number => Math.floor(tokens * upTo + 0.5)

/**
 * Writes even shares of one expert's `tokens` to its holders `unit[first]` to `unit[end]`; what does not divide goes to the
 * holders from number `turn` on, round and round. Hot, no allocation.
 */
export const shareEvenly = (
  tokens: number,
  unit: Uint16Array,
  first: number,
  end: number,
  turn: number,
  row: number,
  allocation: Uint32Array
): void => {
  const holders = end - first
  const share = Math.floor(tokens / holders)
  const extra = tokens - share * holders
  for (let i = 0; i < holders; i++) {
    const place = (i + holders - (turn % holders)) % holders
    allocation[row + unit[first + i]!] = share + (place < extra ? 1 : 0)
  }
}
