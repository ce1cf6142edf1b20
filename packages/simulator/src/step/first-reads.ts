/** What units begin with while a decision is being made. */
import type { LayerWork, Holders } from "@moira/hardware"

/**
 * Marks, for each unit, the task of the expert at home there that most tokens chose (ties: lower id): a unit knows its
 * own experts' requests, so it reads that one at once. Where the decision leaves it no token of it, the read was in vain
 * and ends with the decision; tokens of it that the decision sends elsewhere are computed there, whatever was done with
 * them at home meanwhile. Either way a unit only loses time in which it would have waited. Hot; does not allocate.
 */
export const makeFirstReads = (units: number, experts: number) => {
  const first = new Int32Array(units)
  return (expertTokens: Uint32Array, homes: Holders, work: LayerWork): void => {
    first.fill(-1)
    for (let e = 0; e < experts; e++) {
      if (expertTokens[e] === 0) continue
      const home = homes.unit[homes.start[e]!]!
      if (first[home]! < 0 || expertTokens[e]! > expertTokens[first[home]!]!) first[home] = e
    }
    for (let i = 0; i < work.count; i++) {
      const u = work.unit[i]!
      if (work.source[i] === u && work.expert[i] === first[u]) work.firstReads[i] = 1
    }
  }
}
