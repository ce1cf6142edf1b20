/** Which expert lies in which slot, and how many of its tokens each slot computes. */
import { wholeCounts } from "./counts.ts"

/**
 * First slot of a rank: ranks hold equally many, or differ by one where slots do not divide (288 on 64: four or five).
 * Neighbours take turns, so that no server gets more than its share.
 */
export const firstSlot = (rank: number, slots: number, ranks: number): number => Math.floor((rank * slots) / ranks)

/**
 * The benchmarks' load balancer: each extra slot is a copy of the expert with the most tokens a copy, then slots go, most
 * tokens first, to the least loaded rank that has room. It is EPLB's global policy up to ties. Experts by slot, rank by
 * rank.
 */
export const balancedSlots = (counts: ArrayLike<number>, slots: number, ranks: number): ReadonlyArray<number> => {
  const experts = counts.length
  const copies = new Uint32Array(experts).fill(1)
  const expertOf = Array.from({ length: experts }, (_, e) => e)
  while (expertOf.length < slots) {
    let hottest = 0
    for (let e = 1; e < experts; e++) if (counts[e]! / copies[e]! > counts[hottest]! / copies[hottest]!) hottest = e
    copies[hottest]!++
    expertOf.push(hottest)
  }
  const load = (slot: number) => counts[expertOf[slot]!]! / copies[expertOf[slot]!]!
  const order = expertOf.map((_, slot) => slot).toSorted((a, b) => load(b) - load(a))
  const held = Array.from({ length: ranks }, (): Array<number> => [])
  const loads = new Float64Array(ranks)
  for (const slot of order) {
    let best = -1
    for (let rank = 0; rank < ranks; rank++) {
      if (held[rank]!.length === firstSlot(rank + 1, slots, ranks) - firstSlot(rank, slots, ranks)) continue
      if (best < 0 || loads[rank]! < loads[best]!) best = rank
    }
    held[best]!.push(expertOf[slot]!)
    loads[best]! += load(slot)
  }
  return held.flat()
}

/** Whole tokens of each slot: copies of an expert share its tokens evenly, what is left over goes to the first. */
export const slotTokens = (expertOf: ReadonlyArray<number>, counts: ArrayLike<number>): Float64Array => {
  const copies = new Uint32Array(counts.length)
  for (const expert of expertOf) copies[expert]!++
  return wholeCounts(expertOf.map((expert) => counts[expert]! / copies[expert]!))
}
