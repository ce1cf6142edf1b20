/**
 * Log-linear combination of forecasts (a product of experts, Hinton 2002): log score = sum of weight x log chance.
 * Members that agree sharpen each other, which a mean cannot do.
 */
import { combineRows } from "../kernels/rows.ts"
import { logAdder } from "./fast-log.ts"
import { softmax } from "./heatmap.ts"
import { type LogSample, sampleLogs } from "./log-sample.ts"
import { mixtureWeights } from "./mix.ts"
import { solve } from "./solve.ts"
import type { Combiner, ValidationScores } from "../predictor.ts"

/** Newton steps at most, the gain a token at which they end, and selections' worth of the prior on the weights. */
const steps = 15
const settled = 1e-4
const priorSelections = 30
/** Second derivatives are taken from every so many tokens: they steer the steps, and need not be exact. */
const curvatureEvery = 4

/** The penalised log-likelihood at some weights, its gradient, and its negative second derivatives, row-major. */
interface Slope {
  value: number
  readonly gradient: Float64Array
  readonly curvature: Float64Array
}

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

const slopeAt = (sample: LogSample, weights: Float64Array, centre: Float64Array): Slope => {
  const { experts, tokens, members, logs, selections, chosen } = sample
  const slope: Slope = {
    value: 0,
    gradient: new Float64Array(members),
    curvature: new Float64Array(members * members)
  }
  const shares = new Float64Array(experts)
  const scratch = new Float64Array(experts)
  const means = new Float64Array(members)
  for (let t = 0; t < tokens; t++) {
    slope.value += sharesAt(sample, t, weights, shares)
    for (let m = 0; m < members; m++) {
      const at = (t * members + m) * experts
      let mean = 0
      for (let e = 0; e < experts; e++) mean += shares[e]! * logs[at + e]!
      means[m] = mean
      slope.gradient[m]! += chosen[t * members + m]! - selections[t]! * mean
    }
    if (t % curvatureEvery === 0)
      addCurvature(sample, t, curvatureEvery * selections[t]!, shares, means, scratch, slope.curvature)
  }
  for (let m = 0; m < members; m++) {
    const off = weights[m]! - centre[m]!
    slope.value -= (priorSelections / 2) * off * off
    slope.gradient[m]! -= priorSelections * off
    slope.curvature[m * members + m]! += priorSelections
    for (let o = 0; o < m; o++) slope.curvature[o * members + m] = slope.curvature[m * members + o]!
  }
  return slope
}

/**
 * Weights that make the validation tokens' selections likeliest, by Newton's method: the log-likelihood is concave.
 * They are drawn to those of the linear mixture, which alone decide where there is little to fit to.
 */
export const logLinearWeights = (validation: ValidationScores): Float64Array => {
  const sample = sampleLogs(validation)
  const centre = mixtureWeights(validation)
  let weights = Float64Array.from(centre)
  let here = slopeAt(sample, weights, centre)
  for (let step = 0; step < steps; step++) {
    const move = solve(here.curvature, here.gradient)
    let gain = 0
    // Halve the step until it gains: Newton overshoots far from the maximum.
    for (let length = 1; length > 1e-3 && gain <= 0; length /= 2) {
      const tried = weights.map((w, m) => w + length * move[m]!)
      const there = slopeAt(sample, tried, centre)
      if (there.value <= here.value) continue
      gain = there.value - here.value
      weights = tried
      here = there
    }
    if (gain <= settled * sample.tokens) break
  }
  return weights
}

/** Writes the normalised product of rows, each to the power of its weight; hot, without allocation. */
export const plainProduct = (experts: number) => {
  const add = logAdder(experts)
  return (weights: Float64Array, rows: ReadonlyArray<Float64Array>, into: Float64Array): void => {
    into.fill(0)
    for (let m = 0; m < weights.length; m++) add(rows[m]!, weights[m]!, into)
    softmax(into)
  }
}

/** The normalised product of the members' scores, each to the power of its weight. */
export const logLinear = (validation: ValidationScores): Combiner => {
  const weights = logLinearWeights(validation)
  return { weights, combine: combineRows("productRows", weights, plainProduct(validation.experts)) }
}
