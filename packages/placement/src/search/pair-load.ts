/** How often one token needs two experts of the same unit: what separating pairs lowers. */
import type { Layout, LayoutSetup } from "./layout.ts"

/**
 * Expected pairs of selections of one token that meet on a unit, from tokens `together[i * experts + j]` that chose both
 * `i` and `j`: each of the copies of an expert takes an even share of them.
 */
export const pairsOnOneUnit = (
  slots: ArrayLike<number>,
  slotsPerUnit: number,
  copies: ArrayLike<number>,
  together: ArrayLike<number>
): number => {
  let pairs = 0
  for (let from = 0; from < slots.length; from += slotsPerUnit) {
    for (let a = from; a < from + slotsPerUnit; a++) {
      const x = slots[a]!
      if (x < 0) continue
      for (let b = from; b < a; b++) {
        const y = slots[b]!
        if (y >= 0) pairs += together[x * copies.length + y]! / (copies[x]! * copies[y]!)
      }
    }
  }
  return pairs
}

/** The same, kept up to date while slots are swapped. */
export const pairGains = (
  layout: Layout,
  { units, slotsPerUnit, experts }: LayoutSetup,
  together: ArrayLike<number>
) => {
  const { slots, copies } = layout
  // By expert and unit: pairs of all the expert's tokens with what lies there.
  const met = new Float64Array(experts * units)
  const add = (y: number, u: number, sign: number) => {
    if (y < 0) return
    const share = sign / copies[y]!
    for (let e = 0; e < experts; e++) met[e * units + u]! += together[e * experts + y]! * share
  }
  for (let s = 0; s < slots.length; s++) add(slots[s]!, Math.floor(s / slotsPerUnit), 1)
  return {
    /** Pairs less on one unit after swapping two slots. */
    gain: (a: number, b: number): number => {
      const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
      const [x, y] = [slots[a]!, slots[b]!]
      let gain = 0
      if (x >= 0) gain += (met[x * units + u]! - met[x * units + v]!) / copies[x]!
      if (y >= 0) gain += (met[y * units + v]! - met[y * units + u]!) / copies[y]!
      // Both moved, so neither meets the other where the tables say that it would.
      if (x >= 0 && y >= 0) gain += (2 * together[x * experts + y]!) / (copies[x]! * copies[y]!)
      return gain
    },
    /** To be called after the swap was made. */
    swapped: (a: number, b: number): void => {
      const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
      add(slots[b]!, u, -1)
      add(slots[b]!, v, 1)
      add(slots[a]!, v, -1)
      add(slots[a]!, u, 1)
    }
  }
}
