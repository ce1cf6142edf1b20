/** Tasks and languages at one layer: what they select, and how far apart that lies. */
import { countExperts, type LayerSelections } from "@moira/trace"
import { distanceOfShares, shares, type Shares, total } from "./concentration.ts"
import type { Grouping } from "./groups.ts"

export interface ProfileSummary {
  /** Selections of each group by expert; dropped where no profile is shown. */
  readonly counts: ReadonlyArray<Uint32Array> | undefined
  /** Distances of groups `a <= b`, by {@link pairIndex}; -1 where one has no selections. */
  readonly distances: Float64Array
}

/** Position of the pair `a <= b` among all pairs of groups. */
export const pairIndex = (a: number, b: number): number => (b * (b + 1)) / 2 + a

const halves = (chunks: ReadonlyArray<LayerSelections>, { groups, halfOf }: Grouping): Uint32Array => {
  const { experts } = chunks[0]!
  const counts = new Uint32Array(groups.length * 2 * experts)
  for (const { ids, offsets, requests, firstRequest, topK } of chunks) {
    for (let r = 0; r < requests; r++) {
      countExperts(
        ids,
        offsets[r]! * topK,
        offsets[r + 1]! * topK,
        experts,
        counts,
        halfOf[firstRequest + r]! * experts
      )
    }
  }
  return counts
}

const sharesOf = (counts: Uint32Array): Shares | undefined => (total(counts) === 0 ? undefined : shares(counts))

const between = (a: Shares | undefined, b: Shares | undefined): number =>
  a === undefined || b === undefined ? -1 : distanceOfShares(a, b)

/** Measures the groups of one layer. The distance of a group to itself is that of its two random halves. */
export const profileLayer = (chunks: ReadonlyArray<LayerSelections>, grouping: Grouping): ProfileSummary => {
  const { experts } = chunks[0]!
  const counts = halves(chunks, grouping)
  const half = (h: number) => counts.subarray(h * experts, (h + 1) * experts)
  const whole = grouping.groups.map((_, g) => {
    const second = half(2 * g + 1)
    return half(2 * g).map((count, expert) => count + second[expert]!)
  })
  const wholeShares = whole.map(sharesOf)
  const distances = new Float64Array(pairIndex(0, whole.length))
  for (let b = 0; b < whole.length; b++) {
    for (let a = 0; a < b; a++) distances[pairIndex(a, b)] = between(wholeShares[a], wholeShares[b])
    distances[pairIndex(b, b)] = between(sharesOf(half(2 * b)), sharesOf(half(2 * b + 1)))
  }
  return { counts: whole, distances }
}
