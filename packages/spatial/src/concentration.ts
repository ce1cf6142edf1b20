/** How unevenly selections spread over experts. All take counts by expert and need a positive total. */
import { log2, sum } from "@moira/core/statistics"

const greatest = (counts: ArrayLike<number>): number => {
  let most = 0
  for (let e = 0; e < counts.length; e++) most = Math.max(most, counts[e]!)
  return most
}

/** Selections of the hottest expert over the mean of all experts; 1 is even. */
export const skewMaxOverMean = (counts: ArrayLike<number>): number => (greatest(counts) * counts.length) / sum(counts)

/** Gini coefficient, 0 (even) to 1 - 1/n: (2 sum of i x_i) / (n sum of x_i) - (n + 1) / n, x ascending, i from 1. */
export const gini = (counts: ArrayLike<number>): number => {
  const ascending = Float64Array.from(counts).toSorted()
  const n = ascending.length
  const weighted = ascending.reduce((before, x, i) => before + (i + 1) * x, 0)
  return (2 * weighted) / (n * sum(ascending)) - (n + 1) / n
}

/** Shannon entropy of the shares in bits, 0 to log2 n. */
export const entropyBits = (counts: ArrayLike<number>): number => {
  const all = sum(counts)
  let bits = 0
  for (let e = 0; e < counts.length; e++) {
    const share = counts[e]! / all
    if (share > 0) bits -= share * log2(share)
  }
  return bits
}
