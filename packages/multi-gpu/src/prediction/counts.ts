/** How often each expert is chosen in one layer step, under the distributions that benchmarks use. Counts are whole. */
import { random, type Random } from "@moira/core"

/**
 * How tokens choose experts.
 *
 * - `balanced`: benchmarks' even deal. Choice i of token t is expert t + i x stride (mod experts), stride = experts / topK
 *   rounded up; fewer tokens than a stride are spread over it.
 * - `uniform`: every token draws its distinct experts evenly: `zipf` with exponent 0.
 * - `power-law`: see {@link powerLawCounts}.
 * - `zipf`: chance proportional to 1 / place^exponent, at most 1; the places are dealt to experts by a seeded shuffle.
 * - `counts`: chance proportional to counts that were recorded, in the order of the experts.
 */
export type Distribution =
  | { readonly kind: "balanced" }
  | { readonly kind: "uniform" }
  | { readonly kind: "power-law"; readonly alpha: number }
  | { readonly kind: "zipf"; readonly exponent: number }
  | { readonly kind: "counts"; readonly counts: ArrayLike<number> }

export interface Draw {
  /** Tokens of all ranks. */
  readonly tokens: number
  readonly experts: number
  readonly topK: number
  /** Blocks of experts, equal or one apart, that whole-number corrections go round; the ranks. */
  readonly ranks: number
}

export const balancedCounts = ({ tokens, experts, topK }: Draw): Float64Array => {
  const counts = new Float64Array(experts)
  const stride = Math.ceil(experts / topK)
  // Whole rounds over all experts choose each topK times.
  const rounds = tokens >= stride ? Math.floor(tokens / experts) : 0
  counts.fill(rounds * topK)
  for (let t = rounds * experts; t < tokens; t++) {
    const from = tokens >= stride ? t : (t * stride) / tokens
    for (let i = 0; i < topK; i++) counts[Math.floor(from + i * stride) % experts]!++
  }
  return counts
}

/** Inverse of the distribution function of a density x^-alpha between `least` and `most`. */
const powerLaw = (alpha: number, least: number, most: number, uniform: number): number => {
  if (Math.abs(alpha - 1) < 1e-9) return least * (most / least) ** uniform
  const [a, b] = [least ** (1 - alpha), most ** (1 - alpha)]
  return ((b - a) * uniform + a) ** (1 / (1 - alpha))
}

/**
 * Adds or takes one at a time, going round the ranks: adding to a rank's least chosen expert, taking from its most chosen.
 * Stops when nothing is left to do or no expert may change.
 */
const correct = (counts: Float64Array, { ranks, tokens }: Draw, by: number): void => {
  const first = (rank: number) => Math.floor((rank * counts.length) / ranks)
  const step = Math.sign(by)
  let left = Math.abs(by)
  let changed = true
  while (left > 0 && changed) {
    changed = false
    for (let rank = 0; rank < ranks && left > 0; rank++) {
      let at = -1
      for (let e = first(rank); e < first(rank + 1); e++) {
        const able = step > 0 ? counts[e]! < tokens : counts[e]! > 0
        if (able && (at < 0 || step * counts[e]! < step * counts[at]!)) at = e
      }
      if (at < 0) continue
      counts[at]! += step
      left--
      changed = true
    }
  }
}

/**
 * Counts of benchmarks named `power_law_ALPHA`: each expert's weight is drawn from a density x^-alpha, between 1 and
 * 0.8 x tokens, or between 0.01 and 2 where there are no more choices than experts; weights are scaled to tokens x topK
 * choices and rounded; no expert gets more than every token. What rounding and that limit leave over goes round the ranks.
 */
export const powerLawCounts = (draw: Draw, alpha: number, { uniform }: Random): Float64Array => {
  const { tokens, experts, topK } = draw
  const choices = tokens * topK
  const [least, most] = choices > experts ? [1, tokens * 0.8] : [0.01, 2]
  const counts = Float64Array.from({ length: experts }, () => powerLaw(alpha, least, Math.max(least, most), uniform()))
  const sum = counts.reduce((a, b) => a + b, 0)
  let dealt = 0
  for (let e = 0; e < experts; e++) {
    counts[e] = Math.min(tokens, Math.round((counts[e]! / sum) * choices))
    dealt += counts[e]!
  }
  correct(counts, draw, choices - dealt)
  return counts
}

/** Chances that add up to `topK`, in proportion to `weights`, none above 1: what is above is shared out among the rest. */
export const chancesOf = (weights: ArrayLike<number>, topK: number): Float64Array => {
  const chances = new Float64Array(weights.length)
  const capped = new Uint8Array(weights.length)
  let room = topK
  for (;;) {
    let sum = 0
    for (let e = 0; e < weights.length; e++) if (capped[e] === 0) sum += weights[e]!
    let over = false
    for (let e = 0; e < weights.length; e++) {
      if (capped[e] === 1) continue
      chances[e] = sum > 0 ? (room * weights[e]!) / sum : 0
      if (chances[e]! <= 1) continue
      capped[e] = 1
      chances[e] = 1
      over = true
    }
    if (!over) return chances
    room = topK - capped.reduce((a, b) => a + b, 0)
  }
}

/** Token x expert steps up to which tokens are drawn one by one; beyond that expected counts are rounded. */
const drawnWork = 1 << 23

const shuffled = (n: number, { below }: Random): Uint32Array => {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}

/** Whole counts with the sum of `exact`: rounded down, and one more where most was cut off, the first of equals. */
export const wholeCounts = (exact: ArrayLike<number>): Float64Array => {
  const counts = Float64Array.from(exact, Math.floor)
  let left = 0
  for (let e = 0; e < exact.length; e++) left += exact[e]! - counts[e]!
  const byCut = Array.from(counts, (_, e) => e).toSorted((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!))
  for (let i = 0; i < Math.round(left); i++) counts[byCut[i % byCut.length]!]!++
  return counts
}

/**
 * Counts of independent tokens that choose `topK` distinct experts with the given chances: systematic sampling, a token
 * takes the experts in whose stretch of the summed chances, in shuffled order, u, u + 1, ... fall.
 */
export const drawnCounts = ({ tokens, experts }: Draw, chances: ArrayLike<number>, draws: Random): Float64Array => {
  if (tokens * experts > drawnWork) return wholeCounts(Array.from(chances, (chance) => chance * tokens))
  const counts = new Float64Array(experts)
  let order = shuffled(experts, draws)
  for (let t = 0; t < tokens; t++) {
    // Neighbours in the order are seldom chosen together: another order now and then.
    if (t % 64 === 63) order = shuffled(experts, draws)
    let next = draws.uniform()
    let sum = 0
    for (let i = 0; i < experts; i++) {
      sum += chances[order[i]!]!
      if (sum <= next) continue
      counts[order[i]!]!++
      next++
    }
  }
  return counts
}

const zipfWeights = (experts: number, exponent: number, draws: Random): Float64Array => {
  const weights = new Float64Array(experts)
  shuffled(experts, draws).forEach((e, place) => (weights[e] = (place + 1) ** -exponent))
  return weights
}

/** Whether two draws of a distribution may differ. */
export const isRandom = ({ kind }: Distribution): boolean => kind !== "balanced"

/** Counts of one draw; the same seed gives the same counts. */
export const countsOf = (distribution: Distribution, draw: Draw, seed: number): Float64Array => {
  const draws = random(seed)
  switch (distribution.kind) {
    case "balanced":
      return balancedCounts(draw)
    case "power-law":
      return powerLawCounts(draw, distribution.alpha, draws)
    case "uniform":
      return drawnCounts(draw, new Float64Array(draw.experts).fill(draw.topK / draw.experts), draws)
    case "zipf":
      return drawnCounts(draw, chancesOf(zipfWeights(draw.experts, distribution.exponent, draws), draw.topK), draws)
    case "counts":
      return drawnCounts(draw, chancesOf(distribution.counts, draw.topK), draws)
  }
}
