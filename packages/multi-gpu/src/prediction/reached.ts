/** How likely a token reaches a rank, from how likely it chooses the experts there. */

/**
 * Chance that at least one of a token's `topK` distinct experts lies in a set that `local` of `experts` slots belong to
 * and whose expected number of choices a token is `choices`. Picks are drawn one after the other without putting back,
 * each with the set's share of what is left: exact where all experts are alike, 1 - C(E - L, k) / C(E, k).
 */
export const reachedShare = (choices: number, topK: number, experts: number): number => {
  const share = choices / topK
  let missed = 1
  for (let pick = 0; pick < topK; pick++) missed *= 1 - Math.min(1, (share * experts) / (experts - pick))
  return 1 - missed
}
