/** The greatest and the least of many values, which cannot be spread as arguments: a call holds some 100,000 of them. */

/** The greatest value; -Infinity of nothing, NaN where any is. */
export const greatestOf = (values: Iterable<number>): number => {
  let greatest = -Infinity
  for (const value of values) greatest = Math.max(greatest, value)
  return greatest
}

/** The least value; Infinity of nothing, NaN where any is. */
export const leastOf = (values: Iterable<number>): number => {
  let least = Infinity
  for (const value of values) least = Math.min(least, value)
  return least
}
