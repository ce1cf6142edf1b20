/** Tasks and languages at one layer: what they select, and how far apart that lies. */
import { statisticsKernels } from "@moira/trace/kernels"
import { type Grouping, maxShuffledGroups } from "./groups.ts"
import { type Population, sharingLayer, type SharingSummary } from "./sharing-layer.ts"

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

/** Distances of all pairs of different groups. */
const apart = (sums: Uint32Array, experts: number): Float64Array => {
  const groups = sums.length / experts
  const pairs = new Uint32Array(groups * (groups - 1))
  for (let b = 0, n = 0; b < groups; b++) {
    for (let a = 0; a < b; a++) {
      pairs[n++] = a
      pairs[n++] = b
    }
  }
  const of = statisticsKernels().shareDistances(sums, experts, pairs)
  const distances = new Float64Array(pairIndex(0, groups))
  for (let b = 0, n = 0; b < groups; b++) for (let a = 0; a < b; a++) distances[pairIndex(a, b)] = of[n++]!
  return distances
}

/** Distances of the two halves of each group. */
const ofHalves = (counts: Uint32Array, experts: number, { groups, halfOf }: Grouping): Float64Array => {
  const { sumByLabel, shareDistances } = statisticsKernels()
  const pairs = Uint32Array.from({ length: 2 * groups.length }, (_, half) => half)
  let distances: Float64Array = new Float64Array(0)
  sumByLabel(counts, experts, [halfOf], 2 * groups.length, (sums) => {
    distances = shareDistances(sums, experts, pairs)
  })
  return distances
}

/**
 * Measures the groups of one layer from the counts of its requests. The distance of a group to itself is that of its
 * two random halves.
 */
export const profileLayer = (
  counts: Uint32Array,
  experts: number,
  grouping: Grouping,
  population: () => Population
): ProfileSummary => {
  const { groups, groupOf, shuffles } = grouping
  const selfDistances = ofHalves(counts, experts, grouping)
  const noise: Array<Float64Array> = []
  let whole: ReadonlyArray<Uint32Array> = []
  let distances: Float64Array = new Float64Array(0)
  let sharing: ReturnType<typeof sharingLayer>
  // The groups themselves come first, then shuffles.
  statisticsKernels().sumByLabel(counts, experts, [groupOf, ...shuffles], groups.length, (sums, n) => {
    if (n === 0) {
      whole = rowsOf(sums.slice(), experts)
      distances = apart(sums, experts)
      selfDistances.forEach((distance, g) => (distances[pairIndex(g, g)] = distance))
      sharing = sharingLayer(experts, grouping, whole, population)
      return
    }
    if (groups.length <= maxShuffledGroups) noise.push(apart(sums, experts))
    sharing?.shuffled(rowsOf(sums, experts))
  })
  return { counts: whole, distances, noise, sharing: sharing?.conclude() }
}
