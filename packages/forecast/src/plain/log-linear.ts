/** What a log-linear fit is led by, in plain loops: where WebAssembly is not to be had, and what `assembly/slope.as` is tested against. */
import type { LogSample } from "../parts/log-sample.ts"

/** The log-likelihood at some weights, its gradient, and its negative second derivatives, of which the lower triangle. */
export interface SlopeSums {
  readonly value: number
  readonly gradient: Float64Array
  readonly curvature: Float64Array
}

/** Sums over the tokens at some weights; `every`: second derivatives are taken from every so many tokens. */
export type SlopeAt = (weights: Float64Array) => SlopeSums

/** Shares of the experts at a token under some weights, and what they add to the log-likelihood; a hot loop. */
const sharesAt = (sample: LogSample, t: number, weights: Float64Array, shares: Float64Array): number => {
  const { experts, members, logs, selections, chosen } = sample
  let value = 0
  shares.fill(0)
  for (let m = 0; m < members; m++) {
    const at = (t * members + m) * experts
    const weight = weights[m]!
    value += weight * chosen[t * members + m]!
    for (let e = 0; e < experts; e++) shares[e]! += weight * logs[at + e]!
  }
  let most = -Infinity
  for (let e = 0; e < experts; e++) if (shares[e]! > most) most = shares[e]!
  let total = 0
  for (let e = 0; e < experts; e++) total += shares[e] = Math.exp(shares[e]! - most)
  for (let e = 0; e < experts; e++) shares[e]! /= total
  return value - selections[t]! * (most + Math.log(total))
}

/** Adds the covariance of the members' logs at a token, lower triangle; a hot loop. */
const addCurvature = (
  { experts, members, logs }: LogSample,
  t: number,
  weight: number,
  shares: Float64Array,
  means: Float64Array,
  scratch: Float64Array,
  into: Float64Array
): void => {
  for (let m = 0; m < members; m++) {
    const at = (t * members + m) * experts
    for (let e = 0; e < experts; e++) scratch[e] = shares[e]! * (logs[at + e]! - means[m]!)
    for (let o = 0; o <= m; o++) {
      const other = (t * members + o) * experts
      let product = 0
      for (let e = 0; e < experts; e++) product += scratch[e]! * logs[other + e]!
      into[m * members + o]! += weight * product
    }
  }
}

export const plainSums =
  (sample: LogSample, every: number): SlopeAt =>
  (weights) => {
    const { experts, tokens, members, logs, selections, chosen } = sample
    const gradient = new Float64Array(members)
    const curvature = new Float64Array(members * members)
    const shares = new Float64Array(experts)
    const scratch = new Float64Array(experts)
    const means = new Float64Array(members)
    let value = 0
    for (let t = 0; t < tokens; t++) {
      value += sharesAt(sample, t, weights, shares)
      for (let m = 0; m < members; m++) {
        const at = (t * members + m) * experts
        let mean = 0
        for (let e = 0; e < experts; e++) mean += shares[e]! * logs[at + e]!
        means[m] = mean
        gradient[m]! += chosen[t * members + m]! - selections[t]! * mean
      }
      if (t % every === 0) addCurvature(sample, t, every * selections[t]!, shares, means, scratch, curvature)
    }
    return { value, gradient, curvature }
  }
