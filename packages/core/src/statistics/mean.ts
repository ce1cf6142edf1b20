/** Sums and means, always added from first to last: another order changes the last bits. */

export const sum = (values: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}

/** The arithmetic mean; NaN of nothing. */
export const mean = (values: ArrayLike<number>): number => sum(values) / values.length

/** The mean of the values that are known; `null` where none is. */
export const meanOfKnown = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : mean(known)
}
