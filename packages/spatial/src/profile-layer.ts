/** Tasks and languages at one layer: what they select, and how far apart that lies. */
import { sum } from "@moira/core/statistics"
import { distanceOfShares, shares, type Shares } from "./concentration.ts"
import { type Grouping, maxShuffledGroups } from "./groups.ts"
import { sumByLabel } from "./request-counts.ts"
import { sharingLayer, type SharingSummary } from "./sharing-layer.ts"

export interface ProfileSummary {
  /** Selections of each group by expert; dropped where no profile is shown. */
  readonly counts: ReadonlyArray<Uint32Array> | undefined
  /** Distances of groups `a <= b`, by {@link pairIndex}; -1 where one has no selections. */
  readonly distances: Float64Array
  /** For each shuffle, distances of groups `a < b` by {@link pairIndex}; entries of a group with itself stay 0. None with too many groups. */
  readonly noise: ReadonlyArray<Float64Array>
  /** Undefined with fewer than two groups of enough selections. */
  readonly sharing: SharingSummary | undefined
}

/** Position of the pair `a <= b` among all pairs of groups. */
export const pairIndex = (a: number, b: number): number => (b * (b + 1)) / 2 + a

/** The rows of `[group][expert]` counts. */
const rowsOf = (counts: Uint32Array, experts: number): ReadonlyArray<Uint32Array> =>
  Array.from({ length: counts.length / experts }, (_, g) => counts.subarray(g * experts, (g + 1) * experts))

const sharesOf = (counts: Uint32Array): Shares | undefined => (sum(counts) === 0 ? undefined : shares(counts))

const between = (a: Shares | undefined, b: Shares | undefined): number =>
  a === undefined || b === undefined ? -1 : distanceOfShares(a, b)

/** Distances of all pairs of different groups. */
const apart = (groups: ReadonlyArray<Uint32Array>): Float64Array => {
  const of = groups.map(sharesOf)
  const distances = new Float64Array(pairIndex(0, groups.length))
  for (let b = 0; b < of.length; b++) for (let a = 0; a < b; a++) distances[pairIndex(a, b)] = between(of[a], of[b])
  return distances
}

/**
 * Measures the groups of one layer from the counts of its requests. The distance of a group to itself is that of its
 * two random halves.
 */
export const profileLayer = (counts: Uint32Array, experts: number, grouping: Grouping): ProfileSummary => {
  const { groups, halfOf, groupOf, shuffles } = grouping
  const halves = rowsOf(sumByLabel(counts, halfOf, experts, new Uint32Array(groups.length * 2 * experts)), experts)
  const sums = (labels: Uint16Array, into = new Uint32Array(groups.length * experts)) =>
    rowsOf(sumByLabel(counts, labels, experts, into), experts)
  const whole = sums(groupOf)
  const distances = apart(whole)
  for (let g = 0; g < groups.length; g++) {
    distances[pairIndex(g, g)] = between(sharesOf(halves[2 * g]!), sharesOf(halves[2 * g + 1]!))
  }
  const scratch = new Uint32Array(groups.length * experts)
  const noise: Array<Float64Array> = []
  const sharing = sharingLayer(counts, experts, grouping, whole)
  for (const labels of shuffles) {
    const dealt = sums(labels, scratch)
    if (groups.length <= maxShuffledGroups) noise.push(apart(dealt))
    sharing?.shuffled(dealt)
  }
  return { counts: whole, distances, noise, sharing: sharing?.conclude() }
}
