/** How sure a score is: groups of requests (or recorded steps) are drawn again, all placements judged on the same draws. */
import { middle95 } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import type { Placement } from "@moira/hardware"
import type { GroupCounts } from "../optimizer.ts"
import type { makeScore, TrafficOf } from "./score.ts"

/** A 95 % interval. */
export type ScoreInterval = readonly [low: number, high: number]

export interface ScoreIntervals {
  /** SGLang's balancedness. */
  readonly balance: ScoreInterval
  /** Step time of the first placement over that of this one. */
  readonly speedup: ScoreInterval
}

const drawCount = 100

/** Sums of as many groups as there are, `pick` says which. */
const summed = (groups: GroupCounts, pick: (i: number) => number): ReadonlyArray<Float64Array> => {
  const sums = groups[0]!.map((row) => new Float64Array(row.length))
  for (let i = 0; i < groups.length; i++) {
    groups[pick(i)]!.forEach((row, l) => {
      const sum = sums[l]!
      for (let e = 0; e < row.length; e++) sum[e]! += row[e]!
    })
  }
  return sums
}

/**
 * 95 % intervals of every placement against the first, by drawing groups with replacement (Efron); undefined with fewer than eight
 * groups. They are around the score of all groups together: a draw repeats some groups and leaves out others, which makes the
 * fullest unit fuller than it was. Traffic that is known from tokens stays as it is in all draws.
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
  const scored = (pick: (i: number) => number) => {
    const counts = summed(groups, pick)
    const all = placements.map((placement, p) => score(placement, counts, trafficOf[p]))
    return all.map(({ balances, times }) => ({
      balance: balances.sglang,
      speedup: all[0]!.times.totalPs / times.totalPs
    }))
  }
  const estimate = scored((i) => i)
  const draws = Array.from({ length: drawCount }, () => scored(() => below(groups.length)))
  const around = (p: number, what: "balance" | "speedup") =>
    middle95(
      Float64Array.from(draws, (draw) => draw[p]![what]),
      estimate[p]![what]
    )
  return placements.map((_, p) => {
    const [low, high] = around(p, "balance")
    return { balance: [low, Math.min(1, high)], speedup: around(p, "speedup") }
  })
}
