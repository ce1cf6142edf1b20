/** Percentile bootstrap over requests: requests, not tokens, are what was sampled. */
import { random, substream } from "../random.ts"

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number]

export interface BootstrapOptions {
  readonly seed: number
  readonly draws?: number
}

const quantile = (sorted: Float64Array, q: number): number => {
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}

/**
 * Interval of `sum(part) / sum(whole)` where entry `r` of both belongs to request `r` (Efron, percentile method).
 * Undefined when fewer than two requests have a whole: nothing is known of the spread then.
 */
export const bootstrapRatio = (
  part: ArrayLike<number>,
  whole: ArrayLike<number>,
  options: BootstrapOptions
): Interval | undefined => {
  const used: Array<number> = []
  for (let r = 0; r < whole.length; r++) if (whole[r]! > 0) used.push(r)
  if (used.length < 2) return undefined
  const draws = options.draws ?? 400
  const { below } = random(substream(options.seed, "bootstrap"))
  const ratios = new Float64Array(draws)
  for (let d = 0; d < draws; d++) {
    let [p, w] = [0, 0]
    for (let i = 0; i < used.length; i++) {
      const r = used[below(used.length)]!
      p += part[r]!
      w += whole[r]!
    }
    ratios[d] = p / w
  }
  ratios.sort()
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)]
}
