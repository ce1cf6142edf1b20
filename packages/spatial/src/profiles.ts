/** Profiles of tasks and languages over all layers, and the distances between them. */
import { mean } from "@moira/core/statistics"
import type { NotMeasured, TaskDistance, TaskProfile } from "@moira/results"
import { type Grouping, maxShuffledGroups } from "./groups.ts"
import { topShares } from "./popularity-layer.ts"
import { pairIndex, type ProfileSummary } from "./profile-layer.ts"
import { reachedByChance } from "./sharing-layer.ts"

export interface LayerProfiles {
  readonly layer: number
  readonly degenerate: boolean
  /** One for each grouping. */
  readonly groupings: ReadonlyArray<ProfileSummary>
}

/** Profiles at the layers that kept their counts, layer by layer. */
export const concludeProfiles = (
  layers: ReadonlyArray<LayerProfiles>,
  groupings: ReadonlyArray<Grouping>,
  topExperts: number
): ReadonlyArray<TaskProfile> =>
  groupings.flatMap(({ kind, groups }, k) =>
    layers.flatMap(({ layer, groupings: summaries }) =>
      groups.flatMap(({ name, requests }, g) => {
        const counts = summaries[k]!.counts?.[g]
        const top = counts === undefined ? [] : topShares(counts, topExperts)
        return top.length === 0 ? [] : [{ kind, name, requests, layer, top }]
      })
    )
  )

/**
 * Mean over layers of the distances of one pair under one shuffle; undefined where no layer has both. A hot loop: pairs
 * times shuffles times layers are millions.
 */
const meanNoise = (
  layers: ReadonlyArray<LayerProfiles>,
  grouping: number,
  pair: number,
  draw: number
): number | undefined => {
  let [total, measured] = [0, 0]
  for (let l = 0; l < layers.length; l++) {
    const distance = layers[l]!.groupings[grouping]!.noise[draw]?.[pair]
    if (distance === undefined || distance < 0) continue
    total += distance
    measured++
  }
  return measured === 0 ? undefined : total / measured
}

/** What shuffles make of a pair of groups: mean, and what 5 % of them reach. */
const noiseOf = (
  layers: ReadonlyArray<LayerProfiles>,
  grouping: number,
  pair: number,
  shuffles: number
): TaskDistance["noise"] => {
  const drawn: Array<number> = []
  for (let draw = 0; draw < shuffles; draw++) {
    const distance = meanNoise(layers, grouping, pair, draw)
    if (distance !== undefined) drawn.push(distance)
  }
  if (drawn.length === 0) return null
  return { mean: mean(drawn), high: reachedByChance(drawn) }
}

const meanDistance = (layers: ReadonlyArray<LayerProfiles>, grouping: number, pair: number): number | undefined => {
  const measured = layers
    .map((layer) => layer.groupings[grouping]!.distances[pair]!)
    .filter((distance) => distance >= 0)
  return measured.length === 0 ? undefined : mean(measured)
}

/** A few names, and how many more there are. */
export const named = (names: ReadonlyArray<string>, most = 5): string =>
  names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "")

const whyNone = ({ kind, groups }: Grouping, usual: ReadonlyArray<LayerProfiles>): string | undefined => {
  if (groups.length === 0) return "the trace has no requests"
  if (groups.length === 1) return `the trace has one ${kind}: ${groups[0]!.name}`
  return usual.length === 0 ? "no layer has recorded selections that are not nearly all of one expert" : undefined
}

interface Distances {
  readonly distances: ReadonlyArray<TaskDistance>
  readonly notMeasured: ReadonlyArray<NotMeasured>
}

const distancesOf = (grouping: Grouping, k: number, usual: ReadonlyArray<LayerProfiles>): Distances => {
  const { kind, groups } = grouping
  const none = whyNone(grouping, usual)
  if (none !== undefined) return { distances: [], notMeasured: [{ what: `comparison of ${kind}s`, why: none }] }
  const distances: Array<TaskDistance> = []
  const apart: Array<string> = []
  const single: Array<string> = []
  for (let i = 0; i < groups.length; i++) {
    for (let j = i; j < groups.length; j++) {
      const [a, b] = [groups[i]!.name, groups[j]!.name]
      const distance = meanDistance(usual, k, pairIndex(i, j))
      const noise = i === j ? null : noiseOf(usual, k, pairIndex(i, j), grouping.shuffles.length)
      if (distance !== undefined) distances.push({ kind, a, b, distance, noise })
      else if (i === j) single.push(a)
      else apart.push(`${a} and ${b}`)
    }
  }
  const gap = (what: string, names: ReadonlyArray<string>, why: string): ReadonlyArray<NotMeasured> =>
    names.length === 0 ? [] : [{ what: `${what} ${named(names)}`, why }]
  return {
    distances,
    notMeasured: [
      ...(groups.length > maxShuffledGroups
        ? [
            {
              what: `chance distances between ${kind}s`,
              why: `${groups.length} ${kind}s have too many pairs to compare each with random groups; halves of one ${kind} are compared`
            }
          ]
        : []),
      ...gap(`distance between ${kind}s`, apart, "no layer has recorded selections of both"),
      ...gap(
        `noise floor of the distances of ${kind}`,
        single,
        "two random halves need two requests with recorded selections"
      )
    ]
  }
}

/**
 * Distances of all pairs of groups, means over layers that are not degenerate. Few selections make any two samples look
 * apart, so each has the noise of random groups of the same sizes beside it, and an entry with `a` equal to `b` gives the
 * distance of two random halves of that group's own requests. Each half is half as large as the group, so that errs on
 * the high side.
 */
export const concludeDistances = (
  layers: ReadonlyArray<LayerProfiles>,
  groupings: ReadonlyArray<Grouping>
): Distances => {
  const usual = layers.filter(({ degenerate }) => !degenerate)
  const all = groupings.map((grouping, k) => distancesOf(grouping, k, usual))
  return {
    distances: all.flatMap(({ distances }) => distances),
    notMeasured: all.flatMap(({ notMeasured }) => notMeasured)
  }
}
