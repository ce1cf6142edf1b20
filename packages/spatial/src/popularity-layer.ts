/** Ob4 at one layer: which experts are hot, and whether the hot ones of some requests are hot for others. */
import { bootstrapRatio, sum, topCount, topIndices } from "@moira/core/statistics"
import { given } from "@moira/core"
import { isDegenerate } from "@moira/trace"
import { type AcrossTasks, type Coverage, type ExpertShare, type PopularityLayer, type TopN } from "@moira/results"
import { entropyBits, gini, skewMaxOverMean } from "./concentration.ts"
import { judgeRequests, type LayerCounts, type Sides } from "./layer-counts.ts"
import type { HeldOutHits } from "./mean-coverage.ts"
import type { Settings } from "./options.ts"

export interface PopularitySummary {
  readonly layerIndex: number
  readonly result: PopularityLayer
  readonly heldOutHits: HeldOutHits
}

/** The `n` most selected experts with their share of the selections; experts never selected are left out. */
export const topShares = (counts: ArrayLike<number>, n: number): ReadonlyArray<ExpertShare> => {
  const all = sum(counts)
  return [...topIndices(counts, n)]
    .filter((expert) => counts[expert]! > 0)
    .map((expert) => ({ expert, share: counts[expert]! / all }))
}

/** The hottest experts of half of the tasks, judged on the other half; undefined where a half has no selections. */
const acrossTasks = (halves: Sides, tasks: number, topShare: number): AcrossTasks | undefined => {
  const totals = [sum(halves[0]), sum(halves[1])] as const
  if (totals[0] === 0 || totals[1] === 0) return undefined
  const n = topCount(halves[0].length, topShare)
  const hits = (from: Uint32Array, on: Uint32Array) => sum([...topIndices(from, n)].map((expert) => on[expert]!))
  const [there, back] = [hits(halves[0], halves[1]), hits(halves[1], halves[0])]
  return {
    tasks,
    heldOut: (there + back) / (totals[0] + totals[1]),
    directions: [there / totals[1], back / totals[0]],
    popularity: n / halves[0].length
  }
}

/** Coverage of the top share of the experts, chosen by `counts` and by training; `popularity` is n / experts. */
export const coverage = (
  counts: ArrayLike<number>,
  trained: boolean,
  { totals, hits }: HeldOutHits,
  { topShare, bootstrap }: Pick<Settings, "topShare" | "bootstrap">
): Coverage => {
  const n = topCount(counts.length, topShare)
  const best = topIndices(counts, n)
  const inSample = best.reduce((taken, expert) => taken + counts[expert]!, 0) / sum(counts)
  const popularity = n / counts.length
  const heldOutTotal = sum(totals)
  if (!trained || heldOutTotal === 0) return { inSample, heldOut: null, interval: null, popularity }
  const interval = bootstrapRatio(hits, totals, bootstrap) ?? null
  return { inSample, heldOut: sum(hits) / heldOutTotal, interval, popularity }
}

/** Powers of two below the number of experts. */
const steps = (experts: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(Math.log2(Math.max(1, experts))) }, (_, i) => 2 ** i)

/** Cumulative shares of `counts` in the order given. */
const cumulative = (counts: ArrayLike<number>, order: Uint32Array): Float64Array => {
  const all = sum(counts)
  let taken = 0
  return Float64Array.from(order, (expert) => (taken += counts[expert]!) / all)
}

/** What the n hottest experts take: of all requests in sample, and of the training requests held out. */
export const topCoverage = (
  counts: ArrayLike<number>,
  train: ArrayLike<number>,
  judging: ArrayLike<number>
): ReadonlyArray<TopN> => {
  const experts = counts.length
  const inSample = cumulative(counts, topIndices(counts, experts))
  const measurable = sum(train) > 0 && sum(judging) > 0
  const heldOut = measurable ? cumulative(judging, topIndices(train, experts)) : undefined
  return steps(experts).map((n) => ({
    experts: n,
    inSample: inSample[n - 1]!,
    heldOut: heldOut === undefined ? null : heldOut[n - 1]!
  }))
}

/** Measures one layer; undefined where no selection was recorded. `popularity` in its coverage is n / experts. */
export const popularityLayer = (
  layerIndex: number,
  layer: number,
  selected: LayerCounts,
  settings: Settings
): PopularitySummary | undefined => {
  const { experts, ofTasks } = selected
  const [train, judging] = selected.ofSplit
  const counts = train.map((count, expert) => count + judging[expert]!)
  if (sum(counts) === 0) return undefined
  const marked = new Uint8Array(experts)
  for (const expert of topIndices(train, topCount(experts, settings.topShare))) marked[expert] = 1
  const heldOutHits = judgeRequests(selected, marked, settings.heldOut)
  return {
    layerIndex,
    result: {
      layer,
      degenerate: isDegenerate(counts),
      counts: Array.from(counts),
      skewMaxOverMean: skewMaxOverMean(counts),
      gini: gini(counts),
      entropyBits: entropyBits(counts),
      coverage: {
        ...coverage(counts, sum(train) > 0, heldOutHits, settings),
        ...given({
          acrossTasks: settings.tasks && ofTasks && acrossTasks(ofTasks, settings.tasks.tasks, settings.topShare)
        })
      },
      topN: topCoverage(counts, train, judging),
      top: topShares(counts, settings.topExperts)
    },
    heldOutHits
  }
}
