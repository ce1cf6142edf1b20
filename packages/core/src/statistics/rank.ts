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

/** Average ranks by sorting the distinct values and searching them: for any numbers. */
const searchedRanks = (values: Float64Array, weights: ArrayLike<number>): Float64Array => {
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

/** Indices in order of 32-bit `keys`, of which the lowest `bits` are looked at, 8 at a time; equal keys keep their order. */
const orderOf = (keys: Uint32Array, bits: number): Uint32Array => {
  let order = new Uint32Array(keys.length)
  let next = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  const starts = new Uint32Array(257)
  for (let shift = 0; shift < bits; shift += 8) {
    starts.fill(0)
    for (let i = 0; i < keys.length; i++) starts[((keys[i]! >>> shift) & 255) + 1]!++
    for (let b = 1; b < 256; b++) starts[b]! += starts[b - 1]!
    for (let i = 0; i < order.length; i++) {
      const index = order[i]!
      next[starts[(keys[index]! >>> shift) & 255]!++] = index
    }
    ;[order, next] = [next, order]
  }
  return order
}

/** Average ranks of values in the order given. */
const ranksInOrder = (values: ArrayLike<number>, weights: ArrayLike<number>, order: Uint32Array): Float64Array => {
  const ranks = new Float64Array(order.length)
  let before = 0
  for (let from = 0; from < order.length;) {
    const value = values[order[from]!]!
    let [to, weight] = [from, 0]
    for (; to < order.length && values[order[to]!] === value; to++) weight += weights[order[to]!]!
    const rank = before + (weight + 1) / 2
    for (; from < to; from++) ranks[order[from]!] = rank
    before += weight
  }
  return ranks
}

/** Fewer values than this are sorted by what the engine has. */
const many = 256

/** Average ranks, counted from 1, of items of which `weights[k]` have `values[k]`; equal values share their mean rank. */
export const weightedRanks = (values: Float64Array, weights: ArrayLike<number>): Float64Array => {
  if (values.length < many) return searchedRanks(values, weights)
  // Numbers of one sign are in the order of their bits, of which the upper half tells all but a few apart.
  const keys = new Uint32Array(values.length)
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  let most = 0
  for (let i = 0; i < keys.length; i++) {
    const value = values[i]!
    if (!(value > 0 || Object.is(value, 0))) return searchedRanks(values, weights)
    keys[i] = words[2 * i + 1]!
    if (keys[i]! > most) most = keys[i]!
  }
  const order = orderOf(keys, 32 - Math.clz32(most))
  for (let i = 1; i < order.length; i++) {
    const index = order[i]!
    const value = values[index]!
    let k = i - 1
    for (; k >= 0 && values[order[k]!]! > value; k--) order[k + 1] = order[k]!
    order[k + 1] = index
  }
  return ranksInOrder(values, weights, order)
}

/** Whole numbers of 32 bits as they are; undefined where some value is none. */
const wholeKeys = (values: ArrayLike<number>): Uint32Array | undefined => {
  const keys = new Uint32Array(values.length)
  for (let i = 0; i < keys.length; i++) {
    const value = values[i]!
    keys[i] = value
    if (keys[i] !== value) return undefined
  }
  return keys
}

/** Average ranks, counted from 1; equal values share their mean rank. */
export const averageRanks = (values: ArrayLike<number>): Float64Array => {
  const ones = new Uint8Array(values.length).fill(1)
  const keys = wholeKeys(values)
  if (keys === undefined) return weightedRanks(Float64Array.from(values), ones)
  let most = 0
  for (let i = 0; i < keys.length; i++) if (keys[i]! > most) most = keys[i]!
  return ranksInOrder(keys, ones, orderOf(keys, 32 - Math.clz32(most)))
}

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
