/** How often experts are selected, and when a layer hardly routes. */

/** Adds the selections at positions `from` to `to` of `ids` to `into[at + expert]`, holes left out; a hot loop. */
export const countExperts = (
  ids: Uint16Array,
  from: number,
  to: number,
  experts: number,
  into: Uint32Array,
  at = 0
): void => {
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id < experts) into[at + id]!++
  }
}

/** A layer at which one expert takes more than this share of the selections is degenerate: it hardly routes. */
const degenerateShare = 0.95

/** Whether the greatest of some counts is more than {@link degenerateShare} of them all. */
export const isDegenerate = (counts: ArrayLike<number>): boolean => {
  let [most, total] = [0, 0]
  for (let e = 0; e < counts.length; e++) {
    most = Math.max(most, counts[e]!)
    total += counts[e]!
  }
  return most > degenerateShare * total
}
