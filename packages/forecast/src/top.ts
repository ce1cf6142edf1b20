/** The experts that a forecast names first. */

/**
 * Writes the `n` experts of the largest scores to `into`, larger first, ties to the lower id; returns how many.
 * A hot loop: insertion into a short list, without allocation.
 */
export const topExperts = (scores: Float64Array, n: number, into: Uint16Array): number => {
  const most = Math.min(n, scores.length, into.length)
  if (most === 0) return 0
  let count = 0
  let least = -Infinity
  for (let e = 0; e < scores.length; e++) {
    const score = scores[e]!
    if (score <= least) continue
    let at = count < most ? count++ : most - 1
    while (at > 0 && scores[into[at - 1]!]! < score) {
      into[at] = into[at - 1]!
      at--
    }
    into[at] = e
    if (count === most) least = scores[into[most - 1]!]!
  }
  return count
}

/**
 * How many experts come before `expert` by score, ties to the lower id; counting ends at `limit`. A hot loop.
 */
export const rankOf = (scores: Float64Array, expert: number, limit = scores.length): number => {
  const own = scores[expert]!
  let rank = 0
  for (let e = 0; e < expert; e++) {
    if (scores[e]! >= own && ++rank >= limit) return rank
  }
  for (let e = expert + 1; e < scores.length; e++) {
    if (scores[e]! > own && ++rank >= limit) return rank
  }
  return rank
}
