/** How far off a sample of layer steps may be. */
import { mean, sum } from "@moira/core/statistics"
import type { Plan } from "../step/plan.ts"

/** 97.5 % quantiles of Student's t of 1, 2, ... degrees of freedom. */
const quantiles = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281]

/** Of more degrees by the first terms of its expansion about the normal quantile, within 2e-4. */
export const studentQuantile = (degrees: number): number => {
  const z = 1.959964
  return (
    quantiles[degrees - 1] ??
    z +
      (z ** 3 + z) / (4 * degrees) +
      (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  )
}

/**
 * Intervals are no narrower than this share, over the square root of the draws: a rare slow layer that was not drawn does not show in
 * how much those differ that were.
 */
const leastError = 0.04

/**
 * Error of the ratio of two estimated sums over layer steps, of times and of `sizes[t]` of a step's every layer: half of a 95 % interval
 * of its logarithm. `times` are those that ran, in order.
 *
 * - Layers of steps: each step is a cluster, with other layers than the one before, so that what its estimated sum is off the ratio holds both
 *   how steps differ and how layers do. m sum(d^2) / (m - 1) is the variance of the sum, m - 1 its degrees of freedom; too great by what
 *   drawing without replacement, from stretches, saves.
 * - Layers, all steps of them: the layers are the clusters, drawn without replacement: N^2 (1 - n / N) s^2 / n.
 */
export const logError = (
  { steps, layers, drawn }: Plan,
  of: { readonly layers: number; readonly steps: number },
  times: ReadonlyArray<number>,
  sizes: ArrayLike<number>
): number => {
  const width = steps[0]!.layers.length
  /** Estimated time of all layers at a step. */
  const stepTimes = steps.map((step, t) => sum(step.layers.map(({ weight }, l) => weight * times[t * width + l]!)))
  const all = sum(steps.map(({ weight }, t) => weight * stepTimes[t]!))
  const perSize = all / sum(steps.map(({ weight }, t) => weight * of.layers * sizes[t]!))
  if (drawn === "layers") {
    const off = layers.map((_, l) =>
      sum(steps.map(({ weight }, t) => weight * (times[t * width + l]! - perSize * sizes[t]!)))
    )
    const middle = mean(off)
    const spread = sum(off.map((value) => (value - middle) ** 2)) / (width - 1)
    const variance = ((of.layers * of.layers) / width) * (1 - width / of.layers) * spread
    return Math.max((studentQuantile(width - 1) * Math.sqrt(variance)) / all, leastError / Math.sqrt(width))
  }
  const off = steps.map(({ weight }, t) => weight * (stepTimes[t]! - perSize * of.layers * sizes[t]!))
  const m = steps.length
  // Where all layers run only steps are drawn, and those without replacement.
  const left = width === of.layers ? 1 - m / of.steps : 1
  const variance = left * m * (sum(off.map((value) => value ** 2)) / (m - 1))
  return Math.max((studentQuantile(m - 1) * Math.sqrt(variance)) / all, leastError / Math.sqrt(m * width))
}
