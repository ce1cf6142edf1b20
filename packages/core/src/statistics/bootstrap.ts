/** Percentile bootstrap over requests: requests, not tokens, are what was sampled. */
import { random, substream } from "../random.ts"
import { type Groups, sumsByGroup } from "./groups.ts"

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number]

export interface BootstrapOptions {
  readonly seed: number
  readonly draws?: number
  /** Requests that are drawn together; each by itself where left out. */
  readonly groups?: Groups
}

const quantile = (sorted: Float64Array, q: number): number => {
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}

/**
 * The middle 95 % of drawn values, which are sorted in place. With an `estimate` they are moved so that their median lies on it, and so
 * hold it: resampling adds noise, and noise moves what follows from a maximum to one side.
 */
export const middle95 = (drawn: Float64Array, estimate?: number): Interval => {
  drawn.sort()
  const [low, high] = [quantile(drawn, 0.025), quantile(drawn, 0.975)]
  if (estimate === undefined) return [low, high]
  const median = quantile(drawn, 0.5)
  return [estimate - (median - low), estimate + (high - median)]
}

/** Above this many numbers drawn requests are not kept, but drawn again each time. */
const maxKept = 1 << 24

interface Drawn {
  readonly seed: number
  readonly size: number
  readonly draws: number
  readonly drawn: Uint32Array
}

/** The last sets of numbers drawn, the latest first; no more than {@link maxKept} numbers in all. */
let kept: ReadonlyArray<Drawn> = []

const draw = (seed: number, size: number, draws: number): Uint32Array => {
  const { below } = random(substream(seed, "bootstrap"))
  const drawn = new Uint32Array(draws * size)
  for (let i = 0; i < drawn.length; i++) drawn[i] = below(size)
  return drawn
}

/**
 * `draws x size` numbers below `size`. Figures of one trace ask for the same ones over and over, those of its requests and
 * those of batches in turn: the last few sets are kept.
 */
const sharedDraws = (seed: number, size: number, draws: number): Uint32Array => {
  const found = kept.find((of) => of.seed === seed && of.size === size && of.draws === draws)
  if (found !== undefined) return found.drawn
  const made = { seed, size, draws, drawn: draw(seed, size, draws) }
  let left = maxKept
  kept = [made, ...kept.slice(0, 7)].filter(({ drawn }) => (left -= drawn.length) >= 0)
  return made.drawn
}

/** Sums over `drawn[from]` to `drawn[to - 1]`; a hot loop. */
const ratioOf = (part: Float64Array, whole: Float64Array, drawn: Uint32Array, from: number, to: number): number => {
  let p = 0
  let w = 0
  for (let i = from; i < to; i++) {
    const r = drawn[i]!
    p += part[r]!
    w += whole[r]!
  }
  return p / w
}

/**
 * Interval of `sum(part) / sum(whole)` where entry `r` of both belongs to request `r` (Efron, percentile method); groups of requests
 * are drawn whole. Undefined when fewer than two of them have a whole: nothing is known of the spread then.
 */
export const bootstrapRatio = (
  ofRequests: ArrayLike<number>,
  wholes: ArrayLike<number>,
  options: BootstrapOptions
): Interval | undefined => {
  const { groups } = options
  const [part, whole] =
    groups === undefined ? [ofRequests, wholes] : [sumsByGroup(groups, ofRequests), sumsByGroup(groups, wholes)]
  let size = 0
  for (let r = 0; r < whole.length; r++) if (whole[r]! > 0) size++
  if (size < 2) return undefined
  const parts = new Float64Array(size)
  const drawable = new Float64Array(size)
  for (let r = 0, i = 0; r < whole.length; r++) {
    if (!(whole[r]! > 0)) continue
    parts[i] = part[r]!
    drawable[i++] = whole[r]!
  }
  const draws = options.draws ?? 400
  const ratios = new Float64Array(draws)
  if (draws * size <= maxKept) {
    const drawn = sharedDraws(options.seed, size, draws)
    for (let d = 0; d < draws; d++) ratios[d] = ratioOf(parts, drawable, drawn, d * size, (d + 1) * size)
  } else {
    const { below } = random(substream(options.seed, "bootstrap"))
    const drawn = new Uint32Array(size)
    for (let d = 0; d < draws; d++) {
      for (let i = 0; i < size; i++) drawn[i] = below(size)
      ratios[d] = ratioOf(parts, drawable, drawn, 0, size)
    }
  }
  return middle95(ratios)
}
