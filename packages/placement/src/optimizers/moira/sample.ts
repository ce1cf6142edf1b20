/** How far counts can be trusted as a sample: a few hundred tokens say little of rare experts. */

/** What the size of a sample says of the loads that it shows. */
export interface Trust {
  /** Part of the differences between experts that is not the luck of the draw, 0 to 1. */
  readonly reliability: number
  /** Selections in all; infinite where the numbers are no counts. */
  readonly selections: number
}

/**
 * Empirical Bayes by moments: counts of a Poisson law with mean m vary by m round loads that vary by themselves, so that of the
 * variance v between experts 1 - m / v is theirs, and loads are best guessed that part of the way from the mean to the count
 * (Efron and Morris 1973). Numbers that are not whole are weights and not counts, and taken as they are.
 */
export const trustOf = (counts: ArrayLike<number>): Trust => {
  let selections = 0
  for (let e = 0; e < counts.length; e++) {
    if (!Number.isInteger(counts[e])) return { reliability: 1, selections: Infinity }
    selections += counts[e]!
  }
  const mean = selections / counts.length
  let variance = 0
  for (let e = 0; e < counts.length; e++) variance += (counts[e]! - mean) ** 2 / Math.max(1, counts.length - 1)
  return { reliability: variance <= mean ? 0 : 1 - mean / variance, selections }
}
