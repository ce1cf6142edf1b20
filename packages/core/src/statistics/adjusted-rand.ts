/** How well two partitions agree. */

const pairs = (n: number): number => (n * (n - 1)) / 2

const sizes = (labels: Iterable<number | string>): ReadonlyArray<number> =>
  [...Map.groupBy(labels, (label) => label).values()].map((members) => members.length)

const pairsWithin = (labels: Iterable<number | string>): number =>
  sizes(labels).reduce((sum, size) => sum + pairs(size), 0)

/**
 * Adjusted Rand index (Hubert and Arabie, 1985) of two partitions of the same items: 1 for the same partition, about 0
 * for independent ones; `null` where both put all items together or all apart, which leaves nothing to compare.
 */
export const adjustedRand = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number | null => {
  const together = pairsWithin(a.map((label, i) => `${label},${b[i]!}`))
  const [inA, inB] = [pairsWithin(a), pairsWithin(b)]
  const expected = (inA * inB) / pairs(a.length)
  const most = (inA + inB) / 2
  return a.length < 2 || most === expected ? null : (together - expected) / (most - expected)
}
