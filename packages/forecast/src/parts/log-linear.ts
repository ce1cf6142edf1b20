/**
 * Log-linear combination of forecasts (a product of experts, Hinton 2002): log score = sum of weight x log chance.
 * Members that agree sharpen each other, which a mean cannot do.
 */
import { withKernelSums } from "../kernels/log-linear.ts"
import { combineRows } from "../kernels/rows.ts"
import { plainSums, type SlopeAt, type SlopeSums } from "../plain/log-linear.ts"
import { logAdder } from "./fast-log.ts"
import { softmax } from "./heatmap.ts"
import { sampleLogs, samplePlan } from "./log-sample.ts"
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

/** With the prior on the weights. */
const penalised = ({ value, gradient, curvature }: SlopeSums, weights: Float64Array, centre: Float64Array): Slope => {
  const members = weights.length
  const slope: Slope = { value, gradient, curvature }
  for (let m = 0; m < members; m++) {
    const off = weights[m]! - centre[m]!
    slope.value -= (priorSelections / 2) * off * off
    gradient[m]! -= priorSelections * off
    curvature[m * members + m]! += priorSelections
    for (let o = 0; o < m; o++) curvature[o * members + m] = curvature[m * members + o]!
  }
  return slope
}

/** Newton's method from the centre; `sums` are over the sample. */
const climb = (sums: SlopeAt, tokens: number, centre: Float64Array): Float64Array => {
  const slopeAt = (at: Float64Array) => penalised(sums(at), at, centre)
  let weights = Float64Array.from(centre)
  let here = slopeAt(weights)
  for (let step = 0; step < steps; step++) {
    const move = solve(here.curvature, here.gradient)
    let gain = 0
    // Halve the step until it gains: Newton overshoots far from the maximum.
    for (let length = 1; length > 1e-3 && gain <= 0; length /= 2) {
      const tried = weights.map((w, m) => w + length * move[m]!)
      const there = slopeAt(tried)
      if (there.value <= here.value) continue
      gain = there.value - here.value
      weights = tried
      here = there
    }
    if (gain <= settled * tokens) break
  }
  return weights
}

/**
 * Weights that make the validation tokens' selections likeliest, by Newton's method: the log-likelihood is concave.
 * They are drawn to those of the linear mixture, which alone decide where there is little to fit to.
 */
export const logLinearWeights = (validation: ValidationScores): Float64Array => {
  const plan = samplePlan(validation)
  const centre = mixtureWeights(validation)
  const weights = withKernelSums(validation, plan, curvatureEvery, (sums) => climb(sums, plan.tokens, centre))
  return weights ?? climb(plainSums(sampleLogs(validation, plan), curvatureEvery), plan.tokens, centre)
}

/** Writes the normalised product of rows, each to the power of its weight; hot, without allocation. */
const plainProduct = (experts: number) => {
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
