/** Linear mixture of forecasts: weights by expectation maximisation (Dempster, Laird and Rubin, 1977). */
import { kernelRounds } from "../kernels/mix.ts"
import { combineRows } from "../kernels/rows.ts"
import { type MixtureFit, plainMix, plainRounds } from "../plain/mix.ts"
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
export const mixtureWeights = (
  { experts, tokens, scores, ids, start }: ValidationScores,
  fit: (of: MixtureFit) => Float64Array = (of) => kernelRounds(of) ?? plainRounds(of)
): Float64Array => {
  const members = scores.length
  // Whole tokens at even distances: selections of a token are ordered, so a stride over them would favour some ranks.
  const every = Math.max(1, Math.ceil(start[tokens]! / maxSelections))
  let selections = 0
  for (let t = 0; t < tokens; t += every) selections += start[t + 1]! - start[t]!
  const fill = (chances: Float64Array, width: number): void => {
    let at = 0
    for (let t = 0; t < tokens; t += every) {
      for (let i = start[t]!; i < start[t + 1]!; i++, at += width) {
        for (let m = 0; m < members; m++) chances[at + m] = scores[m]![t * experts + ids[i]!]!
      }
    }
  }
  return fit({ members, selections, rounds, settled, fill })
}

/** The weighted mean of the members' scores. */
export const mix = (validation: ValidationScores): Combiner => {
  const weights = mixtureWeights(validation)
  return { weights, combine: combineRows("mixRows", weights, plainMix) }
}
