/** Choosing the most frequent candidates, the same way everywhere. */

/** Indices of the `n` largest of `values` from `from` on (`size` of them), all by default: larger first, ties to the lower index. */
export const topIndices = (
  values: ArrayLike<number>,
  n = values.length,
  from = 0,
  size = values.length - from
): Uint32Array => {
  const order = new Uint32Array(size)
  for (let i = 0; i < size; i++) order[i] = i
  return order.toSorted((a, b) => values[from + b]! - values[from + a]! || a - b).slice(0, n)
}

/** How many candidates "the top share" is, at least one: the study's top 20 % of 128 experts is 26. */
export const topCount = (experts: number, share: number): number => Math.max(1, Math.round(experts * share))
