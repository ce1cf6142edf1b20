/** Choosing the most frequent candidates, the same way everywhere. */

/** Keys that order whole numbers and then indices, as long as they are exact; undefined where some value is no whole number. */
const keysOf = (values: ArrayLike<number>, from: number, size: number): Float64Array | undefined => {
  const limit = Number.MAX_SAFE_INTEGER / size - 1
  const keys = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const value = values[from + i]!
    if (!(value >= 0 && value <= limit && Math.floor(value) === value)) return undefined
    keys[i] = value * size + (size - 1 - i)
  }
  return keys
}

/** Indices of the `n` largest of `values` from `from` on (`size` of them), all by default: larger first, ties to the lower index. */
export const topIndices = (
  values: ArrayLike<number>,
  n = values.length,
  from = 0,
  size = values.length - from
): Uint32Array => {
  const keys = keysOf(values, from, size)
  if (keys === undefined) {
    const order = new Uint32Array(size)
    for (let i = 0; i < size; i++) order[i] = i
    return order.toSorted((a, b) => values[from + b]! - values[from + a]! || a - b).slice(0, n)
  }
  // Numbers are sorted several times as fast as indices by a comparison.
  keys.sort()
  const top = new Uint32Array(size)
  for (let i = 0; i < size; i++) {
    const key = keys[size - 1 - i]!
    top[i] = size - 1 - (key - Math.floor(key / size) * size)
  }
  return top.subarray(0, n).slice()
}

/** How many candidates "the top share" is, at least one: the study's top 20 % of 128 experts is 26. */
export const topCount = (experts: number, share: number): number => Math.max(1, Math.round(experts * share))
