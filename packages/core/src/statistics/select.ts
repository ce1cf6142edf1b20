/** The n-th greatest of some numbers, found without sorting them. */

/** What a selection found. */
export interface Selected {
  /** The n-th greatest value. */
  level: number
  /** How many of the values that equal it are among the n greatest. */
  ties: number
}

/**
 * Finds the n-th greatest of `values[from]` to `values[from + size - 1]`, finite numbers, `n` being 1 to `size`. Hot loops
 * without allocation: values are dealt to buckets by size, and only the bucket that has the n-th is looked at again.
 */
export type Selector = (values: ArrayLike<number>, from: number, size: number, n: number) => Selected

const buckets = 256

/** Values as few as this are sorted. */
const few = 24

/** A selector for up to `maxSize` values; its answer is valid until the next call. */
export const selector = (maxSize: number): Selector => {
  const rest = new Float64Array(maxSize)
  const counts = new Uint32Array(buckets)
  const selected: Selected = { level: 0, ties: 0 }

  /** Of the first `size` of `rest`, from the greatest on. */
  const sortFew = (size: number, n: number): void => {
    for (let i = 1; i < size; i++) {
      const value = rest[i]!
      let k = i - 1
      for (; k >= 0 && rest[k]! < value; k--) rest[k + 1] = rest[k]!
      rest[k + 1] = value
    }
    selected.level = rest[n - 1]!
    let above = n - 1
    while (above > 0 && rest[above - 1] === selected.level) above--
    selected.ties = n - above
  }

  return (values, from, size, n) => {
    let [least, most] = [Infinity, -Infinity]
    for (let i = 0; i < size; i++) {
      const value = values[from + i]!
      rest[i] = value
      if (value < least) least = value
      if (value > most) most = value
    }
    let [left, wanted] = [size, n]
    while (left > few && least < most) {
      // Rounding never puts a greater value into a lower bucket, and the extremes lie in different ones.
      const scale = most - least < buckets ? 1 : (buckets - 1) / (most - least)
      counts.fill(0)
      for (let i = 0; i < left; i++) counts[Math.floor((rest[i]! - least) * scale)]!++
      let bucket = buckets - 1
      for (; counts[bucket]! < wanted; bucket--) wanted -= counts[bucket]!
      let kept = 0
      const base = least
      ;[least, most] = [Infinity, -Infinity]
      for (let i = 0; i < left; i++) {
        const value = rest[i]!
        if (Math.floor((value - base) * scale) !== bucket) continue
        rest[kept++] = value
        if (value < least) least = value
        if (value > most) most = value
      }
      left = kept
    }
    if (least < most) sortFew(left, wanted)
    else {
      selected.level = most
      selected.ties = wanted
    }
    return selected
  }
}
