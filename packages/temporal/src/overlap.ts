/** How many of the most selected experts two counts share. */
import { topIndices } from "@moira/core/statistics"

const most = (counts: ArrayLike<number>, n: number): ReadonlyArray<number> =>
  [...topIndices(counts, n)].filter((expert) => counts[expert]! > 0)

/** Share of the n most selected experts of `a` (fewer where fewer were selected at all) among the n of `b`. */
export const overlap = (a: ArrayLike<number>, b: ArrayLike<number>, n: number): number => {
  const others = new Set(most(b, n))
  const top = most(a, n)
  return top.filter((expert) => others.has(expert)).length / top.length
}
