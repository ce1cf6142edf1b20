/** How many of the most selected experts two counts share. */
import { topIndices } from "@moira/core/statistics"

/** Experts that were selected, most selected first, at most `n`. */
const most = (counts: ArrayLike<number>, n: number): ReadonlyArray<number> =>
  [...topIndices(counts, n)].filter((expert) => counts[expert]! > 0)

/** Of each size n, share of the n most selected experts of `a` (fewer where fewer were selected at all) among the n of `b`. */
export const overlaps = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  sizes: ReadonlyArray<number>
): ReadonlyArray<number> => {
  // The first of the most selected are those of any smaller size.
  const largest = sizes.reduce((size, n) => Math.max(size, n), 0)
  const [ofA, ofB] = [most(a, largest), most(b, largest)]
  return sizes.map((n) => {
    const others = new Set(ofB.slice(0, n))
    const top = ofA.slice(0, n)
    return top.filter((expert) => others.has(expert)).length / top.length
  })
}

/** The same of one size. */
export const overlap = (a: ArrayLike<number>, b: ArrayLike<number>, n: number): number => overlaps(a, b, [n])[0]!
