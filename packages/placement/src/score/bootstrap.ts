/** How sure a score is: groups of requests (or recorded steps) are drawn again, all placements judged on the same draws. */
import { middle95 } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import type { Placement } from "@moira/hardware"
import type { makeScore, TrafficOf } from "./score.ts"

/** Counts of groups: `groups[g][layerIndex][expert]`. */
export type GroupCounts = ReadonlyArray<ReadonlyArray<ArrayLike<number>>>

/** A 95 % interval. */
export type ScoreInterval = readonly [low: number, high: number]

export interface ScoreIntervals {
  /** SGLang's balancedness. */
  readonly balance: ScoreInterval
  /** Step time of the first placement over that of this one. */
  readonly speedup: ScoreInterval
}

const drawCount = 100

/** Sums of as many groups as there are, drawn with replacement. */
const drawnCounts = (groups: GroupCounts, below: (n: number) => number): ReadonlyArray<Float64Array> => {
  const sums = groups[0]!.map((row) => new Float64Array(row.length))
  for (let i = 0; i < groups.length; i++) {
    groups[below(groups.length)]!.forEach((row, l) => {
      const sum = sums[l]!
      for (let e = 0; e < row.length; e++) sum[e]! += row[e]!
    })
  }
  return sums
}

/**
 * 95 % percentile intervals (Efron) of every placement against the first; undefined with fewer than eight groups. Traffic
 * that is known from tokens stays as it is in all draws.
 */
export const scoreIntervals = (
  score: ReturnType<typeof makeScore>,
  placements: ReadonlyArray<Placement>,
  groups: GroupCounts,
  seed: number,
  trafficOf: ReadonlyArray<TrafficOf | undefined> = []
): ReadonlyArray<ScoreIntervals> | undefined => {
  if (groups.length < 8) return undefined
  const { below } = random(substream(seed, "placement-score"))
  const draws = Array.from({ length: drawCount }, () => {
    const counts = drawnCounts(groups, below)
    return placements.map((placement, p) => {
      const { balances, times } = score(placement, counts, trafficOf[p])
      return { balance: balances.sglang, totalPs: times.totalPs }
    })
  })
  return placements.map((_, p) => ({
    balance: middle95(Float64Array.from(draws, (draw) => draw[p]!.balance)),
    speedup: middle95(Float64Array.from(draws, (draw) => draw[0]!.totalPs / draw[p]!.totalPs))
  }))
}
