/** Rank correlation with ties. */

/** Position of the first entry of `sorted[0..size)` that is not below `value`. */
const lowerBound = (sorted: Float64Array, size: number, value: number): number => {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Average ranks, counted from 1, of items of which `weights[k]` have `values[k]`; equal values share their mean rank. */
export const weightedRanks = (values: Float64Array, weights: ArrayLike<number>): Float64Array => {
  const distinct = values.toSorted()
  let size = 0
  for (let i = 0; i < distinct.length; i++) {
    if (size === 0 || distinct[size - 1] !== distinct[i]) distinct[size++] = distinct[i]!
  }
  const places = new Uint32Array(values.length)
  const weightAt = new Float64Array(size)
  for (let k = 0; k < values.length; k++) {
    const place = lowerBound(distinct, size, values[k]!)
    places[k] = place
    weightAt[place]! += weights[k]!
  }
  const rankAt = new Float64Array(size)
  let before = 0
  for (let p = 0; p < size; p++) {
    rankAt[p] = before + (weightAt[p]! + 1) / 2
    before += weightAt[p]!
  }
  const ranks = new Float64Array(values.length)
  for (let k = 0; k < ranks.length; k++) ranks[k] = rankAt[places[k]!]!
  return ranks
}

/** Average ranks, counted from 1; equal values share their mean rank. */
export const averageRanks = (values: ArrayLike<number>): Float64Array =>
  weightedRanks(Float64Array.from(values), new Uint8Array(values.length).fill(1))

/**
 * Spearman's rho from average ranks: Pearson's correlation of the ranks, which is right with ties.
 * `null` where one side is constant. Sums are of whole numbers (twice the centred ranks), so exact up to 200,000 items.
 */
export const rhoOfRanks = (a: Float64Array, b: Float64Array): number | null => {
  const n = a.length
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const x = 2 * a[i]! - n - 1
    const y = 2 * b[i]! - n - 1
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb)
}

/** Spearman's rank correlation of two lists of the same length; `null` where one is constant. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number | null =>
  rhoOfRanks(averageRanks(a), averageRanks(b))
