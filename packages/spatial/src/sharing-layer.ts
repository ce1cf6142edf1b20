/**
 * Shared and specific experts at one layer (Ob4).
 *
 * An expert is hot for a task where it takes at least {@link hotOverMean} times the mean share. Whether it is hot for
 * some tasks only by chance is told by shuffles of the requests among the tasks: requests, not tokens, are dealt, so
 * that tokens of one request, which are alike, count as one draw. How far a share stands out is measured in standard
 * deviations of the ratio estimator (Cochran, Sampling Techniques, section 6.3) for as many requests drawn without
 * replacement, and the limit is what 5 % of the shuffles reach at any expert and task of the layer.
 */
import { sum } from "@moira/core/statistics"
import type { ExpertSharing } from "@moira/results"
import type { Grouping } from "./groups.ts"

/** Share over the mean share from which an expert is hot for a task. */
export const hotOverMean = 2

/** A task is too small to tell where being hot would take fewer selections than this. */
const minHotSelections = 5

export interface SharingSummary {
  readonly tasks: number
  readonly threshold: number
  readonly shared: number
  readonly specific: number
  readonly undecided: number
  readonly byChance: { readonly shared: number; readonly someOnly: number }
  /** Groups that are too small to tell, by index. */
  readonly small: ReadonlyArray<number>
  /** Dropped where no detail is shown. */
  readonly experts: ReadonlyArray<ExpertSharing> | undefined
}

interface Judging {
  /** Takes in the counts `[group]` by expert of one shuffle. */
  readonly shuffled: (groups: ReadonlyArray<Uint32Array>) => void
  readonly conclude: () => SharingSummary
}

/** What all requests of a layer say of each expert. */
export interface Population {
  readonly share: Float64Array
  /** Standard deviation over requests of `count - share x selections of the request`. */
  readonly spread: Float64Array
  readonly requests: number
}

/** Hot loops over requests x experts. */
export const populationOf = (counts: Uint32Array, experts: number): Population => {
  const requests = counts.length / experts
  const share = new Float64Array(experts)
  const totals = new Float64Array(requests)
  for (let r = 0, o = 0; r < requests; r++) {
    for (let e = 0; e < experts; e++, o++) {
      share[e]! += counts[o]!
      totals[r]! += counts[o]!
    }
  }
  const all = sum(totals)
  for (let e = 0; e < experts; e++) share[e]! /= all
  const spread = new Float64Array(experts)
  for (let r = 0, o = 0; r < requests; r++) {
    for (let e = 0; e < experts; e++, o++) spread[e]! += (counts[o]! - share[e]! * totals[r]!) ** 2
  }
  for (let e = 0; e < experts; e++) spread[e] = Math.sqrt(spread[e]! / Math.max(1, requests - 1))
  return { share, spread, requests }
}

/** The tasks of one dealing: whether each expert is hot for each, and how far it stands out. */
interface Dealt {
  /** Tasks for which each expert is hot. */
  readonly hotIn: Uint16Array
  /** Greatest z of each expert over the tasks for which it is hot, and that task; -Infinity where for none. */
  readonly z: Float64Array
  readonly task: Uint16Array
}

const deal = (
  groups: ReadonlyArray<Uint32Array>,
  judged: ReadonlyArray<number>,
  sizes: ReadonlyArray<number>,
  { share, spread, requests }: Population
): Dealt => {
  const experts = share.length
  const hotIn = new Uint16Array(experts)
  const z = new Float64Array(experts).fill(-Infinity)
  const task = new Uint16Array(experts)
  for (const g of judged) {
    const counts = groups[g]!
    const all = sum(counts)
    if (all === 0) continue
    const size = sizes[g]!
    // Standard deviation of a share is this times the spread: finite population, mean selections of a request.
    const scale = (Math.sqrt(1 / size - 1 / requests) * size) / all
    for (let e = 0; e < experts; e++) {
      const own = counts[e]! / all
      if (own * experts < hotOverMean) continue
      hotIn[e]!++
      const deviation = scale * spread[e]!
      const out = deviation > 0 ? (own - share[e]!) / deviation : 0
      if (out > z[e]!) {
        z[e] = out
        task[e] = g
      }
    }
  }
  return { hotIn, z, task }
}

/**
 * The least of the values that at most 5 % of the shuffles reach. With d shuffles a figure above it has a probability by
 * chance, (1 + shuffles at or above it) / (1 + d), of at most 5 %; d must be 19 or more.
 */
export const reachedByChance = (drawn: ReadonlyArray<number>): number =>
  drawn.toSorted((a, b) => b - a)[Math.max(0, Math.floor(0.05 * (drawn.length + 1)) - 1)]!

/** Undefined with fewer than two tasks of enough selections. Feed it every shuffle, then conclude. */
export const sharingLayer = (
  experts: number,
  { groups, shuffles }: Grouping,
  whole: ReadonlyArray<Uint32Array>,
  populationOfLayer: () => Population
): Judging | undefined => {
  const totals = whole.map(sum)
  const enough = (minHotSelections * experts) / hotOverMean
  const judged = [...groups.keys()].filter((g) => totals[g]! >= enough)
  if (judged.length < 2 || shuffles.length === 0) return undefined
  const sizes = groups.map((group) => group.requests)
  const population = populationOfLayer()
  const some = (hotIn: number) => hotIn > 0 && hotIn < judged.length
  const extremes: Array<number> = []
  let [shared, someOnly] = [0, 0]
  return {
    shuffled: (dealt) => {
      const { hotIn, z } = deal(dealt, judged, sizes, population)
      let most = 0
      for (let e = 0; e < experts; e++) {
        if (hotIn[e] === judged.length) shared++
        if (!some(hotIn[e]!)) continue
        someOnly++
        most = Math.max(most, z[e]!)
      }
      extremes.push(most)
    },
    conclude: () => {
      const threshold = reachedByChance(extremes)
      const { hotIn, z, task } = deal(whole, judged, sizes, population)
      const hot = Array.from({ length: experts }, (_, e) => e).filter((e) => hotIn[e]! > 0)
      const selections = sum(totals)
      const list = hot
        .map((expert): ExpertSharing => {
          const g = task[expert]!
          const own = whole[g]![expert]!
          const rest = selections - totals[g]!
          const others = whole.reduce((all, of) => all + of[expert]!, 0) - own
          return {
            expert,
            sharing: hotIn[expert] === judged.length ? "shared" : z[expert]! > threshold ? "specific" : "undecided",
            hotIn: hotIn[expert]!,
            task: groups[g]!.name,
            overMean: (own * experts) / totals[g]!,
            elsewhere: rest === 0 ? 0 : (others * experts) / rest,
            z: z[expert]!
          }
        })
        .toSorted((a, b) => b.hotIn - a.hotIn || b.overMean - a.overMean || a.expert - b.expert)
      const count = (sharing: ExpertSharing["sharing"]) => list.filter((of) => of.sharing === sharing).length
      return {
        tasks: judged.length,
        threshold,
        shared: count("shared"),
        specific: count("specific"),
        undecided: count("undecided"),
        byChance: { shared: shared / extremes.length, someOnly: someOnly / extremes.length },
        small: [...groups.keys()].filter((g) => !judged.includes(g)),
        experts: list
      }
    }
  }
}
