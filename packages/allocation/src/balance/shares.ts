/** Splits tokens as an allocation of other tokens did: how a decision is carried over to counts that it was not made for. */
import type { Holders } from "@moira/hardware"

/** Pieces of fewer tokens than this share of a block are left to the others: each is one more read. */
const leastShareOfBlock = 0.5

/**
 * Writes `expertTokens`, in the shares that each expert's holders have in `of`, to `allocation`, which is all zero on entry; an expert that has
 * none there goes to its home. Returns the number of pieces.
 */
export type SplitAs = (
  expertTokens: Uint32Array,
  of: Uint32Array,
  holders: Holders,
  homes: Holders,
  allocation: Uint32Array
) => number

/** Hot; no allocation after it is made. */
export const makeSplitAs = (units: number, experts: number, blockTokens: number): SplitAs => {
  const leastTokens = blockTokens * leastShareOfBlock
  return (expertTokens, of, { start, unit }, homes, allocation) => {
    let pieces = 0
    for (let e = 0; e < experts; e++) {
      const tokens = expertTokens[e]!
      if (tokens === 0) continue
      const row = e * units
      let all = 0
      let largest = homes.unit[homes.start[e]!]!
      for (let i = start[e]!; i < start[e + 1]!; i++) {
        const share = of[row + unit[i]!]!
        all += share
        if (share > of[row + largest]!) largest = unit[i]!
      }
      let rest = tokens
      for (let i = start[e]!; i < start[e + 1]!; i++) {
        const u = unit[i]!
        const share = u === largest || all === 0 ? 0 : Math.floor((tokens * of[row + u]!) / all)
        if (share < leastTokens) continue
        allocation[row + u] = share
        rest -= share
        pieces++
      }
      // What does not divide, and pieces that are too small, go to the one with the largest share.
      allocation[row + largest]! += rest
      pieces++
    }
    return pieces
  }
}
