/** How many experts a layer step reads: a skewed router at a small batch touches fewer than a balanced one. */

/** Experts touched when choices are dealt out evenly, as balanced benchmarks do: every choice a new expert, up to all. */
export const touchedBalanced = (tokens: number, topK: number, experts: number): number =>
  Math.min(experts, tokens * topK)

/** Experts touched by given counts: those that at least one token chose. */
export const touchedByCounts = (counts: ArrayLike<number>): number => {
  let touched = 0
  for (let e = 0; e < counts.length; e++) if (counts[e]! > 0) touched++
  return touched
}

/**
 * Expected experts touched by `tokens` independent tokens, from the chance `chosen[e]` that one token chooses expert e
 * (they add up to top-k): the sum over experts of 1 - (1 - chosen[e])^tokens.
 */
export const touchedExpected = (tokens: number, chosen: ArrayLike<number>): number => {
  let touched = 0
  for (let e = 0; e < chosen.length; e++) touched += 1 - (1 - Math.min(1, chosen[e]!)) ** tokens
  return touched
}
