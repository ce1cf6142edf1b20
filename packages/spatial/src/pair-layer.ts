/** Ob5 at one layer: which experts are activated together by one token. */
import { type PairLayer } from "@moira/results"
import { sum, topCount } from "@moira/core/statistics"

/** What all requests of a layer say together. */
export type PairFigures = Omit<PairLayer, "top10">

export interface PairSummary {
  readonly layerIndex: number
  readonly degenerate: boolean
  readonly result: PairFigures
  /** Whether some pair was seen {@link minSightings} times, so that its ratio means something. */
  readonly frequent: boolean
  /** Symmetric co-activation counts; dropped where no heatmap is shown. */
  readonly matrix: Uint32Array | undefined
}

/** Sightings below which a pair's ratio to its expectation is noise: one of two rare experts is easily 100 times it. */
export const minSightings = 5

/**
 * Greatest ratio of a pair's count to its expectation: as many pairs in all, each made of two different experts drawn
 * independently by popularity p, which gives N x 2 p_i p_j / (1 - sum of p squared) sightings of {i, j} among N pairs.
 * Over pairs with at least `least` sightings; 0 where there are none.
 */
const maxOverRandom = (matrix: Uint32Array, counts: Uint32Array, pairs: number, least: number): number => {
  const experts = counts.length
  const all = sum(counts)
  const p = Float64Array.from(counts, (count) => count / all)
  const different = 1 - p.reduce((squares, share) => squares + share * share, 0)
  let most = 0
  for (let i = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++) {
      const count = matrix[i * experts + j]!
      if (count >= least) most = Math.max(most, (count * different) / (2 * pairs * p[i]! * p[j]!))
    }
  }
  return most
}

/** Counts of all pairs i < j, greatest first. */
const pairCounts = (matrix: Uint32Array, experts: number): Uint32Array => {
  const out = new Uint32Array((experts * (experts - 1)) / 2)
  let most = 0
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++) {
      const count = matrix[i * experts + j]!
      out[o++] = count
      if (count > most) most = count
    }
  }
  if (most > 4 * out.length) return out.toSorted().toReversed()
  // Small counts are dealt out from the greatest on.
  const found = new Uint32Array(most + 1)
  for (let o = 0; o < out.length; o++) found[out[o]!]!++
  for (let count = most, o = 0; count >= 0; count--) {
    out.fill(count, o, o + found[count]!)
    o += found[count]!
  }
  return out
}

/** Share of all pairs seen that the `n` most frequent ones make up, for n = 0 ... all. */
const cumulative = (descending: Uint32Array, pairs: number): ((n: number) => number) => {
  const sums = new Float64Array(descending.length + 1)
  for (let n = 0; n < descending.length; n++) sums[n + 1] = sums[n]! + descending[n]!
  return (n) => sums[n]! / pairs
}

/** Measures one layer from its selections by expert and its pairs; undefined where no token has two recorded selections. */
export const pairLayer = (
  layerIndex: number,
  layer: number,
  counts: Uint32Array,
  matrix: Uint32Array,
  degenerate: boolean
): PairSummary | undefined => {
  const experts = counts.length
  const descending = pairCounts(matrix, experts)
  const pairs = sum(descending)
  if (pairs === 0) return undefined
  const share = cumulative(descending, pairs)
  const frequent = descending[0]! >= minSightings
  return {
    layerIndex,
    degenerate,
    result: {
      layer,
      maxOverRandom: maxOverRandom(matrix, counts, pairs, frequent ? minSightings : 1),
      maxOverUniform: (descending[0]! * descending.length) / pairs,
      top10Share: share(topCount(descending.length, 0.1)),
      cdf: Array.from({ length: 101 }, (_, percent) => share(Math.round((percent * descending.length) / 100)))
    },
    frequent,
    matrix
  }
}
