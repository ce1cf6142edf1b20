/** Linear mixture of forecasts: weights by expectation maximisation (Dempster, Laird and Rubin, 1977). */
import type { Combiner, ValidationScores } from "../predictor.ts"

/** Rounds at most, the change of the weights at which they end, and the selections that they read at most. */
const rounds = 300
const settled = 1e-4
const maxSelections = 6000

/**
 * Weights that make the validation tokens' selections likeliest, each an independent draw from the mixture. The
 * log-likelihood is concave in them and no round lowers it. Without tokens the weights are equal. A small prior of
 * `1` selection on each member keeps weights from resting on a handful of tokens.
 */
export const mixtureWeights = ({ experts, tokens, scores, ids, start }: ValidationScores): Float64Array => {
  const members = scores.length
  // Whole tokens at even distances: selections of a token are ordered, so a stride over them would favour some ranks.
  const every = Math.max(1, Math.ceil(start[tokens]! / maxSelections))
  let selections = 0
  for (let t = 0; t < tokens; t += every) selections += start[t + 1]! - start[t]!
  // By selection, the members side by side: everything the rounds read.
  const chances = new Float64Array(selections * members)
  let filled = 0
  for (let t = 0; t < tokens; t += every) {
    for (let i = start[t]!; i < start[t + 1]!; i++) {
      for (let m = 0; m < members; m++) chances[filled++] = scores[m]![t * experts + ids[i]!]!
    }
  }
  let weights = new Float64Array(members).fill(1 / members)
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(members).fill(1)
    for (let i = 0; i < selections; i++) {
      const at = i * members
      let total = 0
      for (let m = 0; m < members; m++) total += weights[m]! * chances[at + m]!
      if (!(total > 0)) continue
      for (let m = 0; m < members; m++) next[m]! += (weights[m]! * chances[at + m]!) / total
    }
    const sum = next.reduce((a, b) => a + b, 0)
    let change = 0
    for (let m = 0; m < members; m++) {
      next[m]! /= sum
      change = Math.max(change, Math.abs(next[m]! - weights[m]!))
    }
    weights = next
    if (change < settled) break
  }
  return weights
}

/** The weighted mean of the members' scores. */
export const mix = (validation: ValidationScores): Combiner => {
  const weights = mixtureWeights(validation)
  return {
    weights,
    combine: (scores, into) => {
      into.fill(0)
      for (let m = 0; m < weights.length; m++) {
        const weight = weights[m]!
        const of = scores[m]!
        for (let e = 0; e < into.length; e++) into[e]! += weight * of[e]!
      }
    }
  }
}
