/** The first allocation: every expert where it lies. */
import type { AllocationSetup } from "../allocator.ts"
import type { Holders } from "../placement.ts"
import type { Loads } from "./loads.ts"

export type ShareOut = (requests: Uint32Array, holders: Holders, allocation: Uint32Array) => void

/**
 * Experts with one holder first, then those with several, most tokens first (ties: lower id). Of several holders the
 * one that is done first takes the expert; where that would end later than the mean unit, the next one takes the rest.
 */
export const makeShareOut = ({ fabric, experts, blockTokens }: AllocationSetup, loads: Loads): ShareOut => {
  const { units } = fabric
  const { computePs, memoryPs, tokenPs, readPs } = loads
  const several = new Uint32Array(experts)
  const sorted = new Uint16Array(units)

  const give = (e: number, u: number, tokens: number, allocation: Uint32Array): void => {
    if (allocation[e * units + u] === 0) loads.read(u)
    allocation[e * units + u]! += tokens
    computePs[u]! += tokens * tokenPs[u]!
  }

  /** When a unit would be done if it took one more expert of no tokens. */
  const donePs = (u: number): number => Math.max(memoryPs[u]!, computePs[u]!) + readPs[u]!

  const split = (e: number, tokens: number, holders: Holders, meanPs: number, allocation: Uint32Array): void => {
    const first = holders.start[e]!
    const count = holders.start[e + 1]! - first
    for (let i = 0; i < count; i++) {
      const u = holders.unit[first + i]!
      let at = i
      for (; at > 0 && donePs(sorted[at - 1]!) > donePs(u); at--) sorted[at] = sorted[at - 1]!
      sorted[at] = u
    }
    let rest = tokens
    for (let i = 0; i < count && rest > 0; i++) {
      const u = sorted[i]!
      const room = Math.floor((meanPs - computePs[u]!) / tokenPs[u]!)
      // The last holder takes what is left; nobody takes or leaves less than a block.
      const taken = i === count - 1 || rest - room < blockTokens ? rest : room
      if (taken < Math.min(rest, blockTokens)) continue
      give(e, u, taken, allocation)
      rest -= taken
    }
    if (rest > 0) give(e, sorted[0]!, rest, allocation)
  }

  return (requests, holders, allocation) => {
    let severalCount = 0
    let totalPs = 0
    for (let e = 0; e < experts; e++) {
      const tokens = requests[e]!
      if (tokens === 0) continue
      totalPs += tokens * tokenPs[0]!
      const first = holders.start[e]!
      if (holders.start[e + 1] === first + 1) give(e, holders.unit[first]!, tokens, allocation)
      else several[severalCount++] = e
    }
    const list = several.subarray(0, severalCount)
    list.sort((a, b) => requests[b]! - requests[a]! || a - b)
    for (let i = 0; i < severalCount; i++) split(list[i]!, requests[list[i]!]!, holders, totalPs / units, allocation)
  }
}
