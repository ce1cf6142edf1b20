/** One cache at work: a policy with so many slots on one machine, through the layer steps of a stream in order. */
import { busyFault, type CachePool, evictionFault, policyNumber, poolThrew, preparePool } from "@moira/caches"
import { enter, leave, type PluginFault } from "@moira/core"
import type { OffloadCost } from "./cost.ts"
import {
  type ForecastRows,
  type CacheRunOptions,
  type CacheRunTotals,
  maxPrefetch,
  prefetchDistance
} from "./cache-run-options.ts"
import { makePrefetches } from "./prefetch.ts"
import type { DecodeStream } from "./stream.ts"
import { makeTiers } from "./tiers.ts"

export interface CacheRun {
  readonly totals: CacheRunTotals
  /** Runs layer steps `from` to `to` of batch `batch`; hot, no allocation. */
  readonly run: (batch: number, from: number, to: number, rows: ForecastRows) => void
}

const noExpert = 0xffff

/**
 * The link carries one copy at a time and finishes what it began. At each layer step, when the experts that it needs are
 * known: prefetches for it that did not begin are dropped, missing experts are copied one after the other, then those
 * that wait to be fetched ahead, soonest step first and best first; each makes room when its copy begins. The experts of
 * the step are computed together when the last of them has arrived. Times are whole picoseconds.
 */
export const makeCacheRun = (
  stream: DecodeStream,
  cost: OffloadCost,
  computePs: Float64Array,
  options: CacheRunOptions
): CacheRun => {
  const { layers, experts, start, keys, nextUse: upcoming, batchStart } = stream
  const { policy, scope, slots, betweenPs, popularity } = options
  const all = layers * experts
  const poolKeys = scope === "layer" ? experts : all
  const pools = all / poolKeys
  const sharesPool = pools === 1
  const prefetch = Math.min(options.prefetch, experts, maxPrefetch(stream, options))
  const distance = prefetchDistance(options.prefetchFor, layers)
  const usesScores = policy.knows === "forecast"
  const usesFuture = policy.knows === "future"

  const busy = new Uint8Array(all)
  const scores = new Float64Array(all)
  const nextUse = new Float64Array(all).fill(Infinity)
  const pool = Array.from({ length: pools }, (_, p): CachePool => {
    const [from, to] = [p * poolKeys, (p + 1) * poolKeys]
    return preparePool(policy, {
      keys: poolKeys,
      slots: Math.min(slots, poolKeys),
      busy: busy.subarray(from, to),
      // Policies that run side by side are judged by the same counts, whatever one of them writes to its own.
      popularity: popularity.slice(from, to),
      scores: scores.subarray(from, to),
      nextUse: nextUse.subarray(from, to)
    })
  })
  const number = policyNumber(policy)
  const isOutside = number !== 0
  /** Whether what the step lacks is being copied, and all that it needs is busy. */
  const fetching = { now: false }
  const used = new Uint32Array(pools)
  const capacity = Math.min(slots, poolKeys)
  /** When the expert is there; -1 for one that is neither there nor on its way. */
  const hereAt = new Float64Array(all).fill(-1)
  const readTier = makeTiers(cost.tiers, all)
  const occupyPs = Float64Array.from(cost.tiers, (tier) => tier.occupyPs)
  const latencyPs = Float64Array.from(cost.tiers, (tier) => tier.latencyPs)

  const batches = stream.batchTokens.length
  const totals: CacheRunTotals = {
    needs: new Float64Array(batches),
    hits: new Float64Array(batches),
    timePs: new Float64Array(batches),
    layerHits: new Float64Array(layers),
    late: 0,
    misses: 0,
    ahead: 0,
    aheadUsed: 0,
    stallPs: 0,
    linkBusyPs: 0,
    copies: new Float64Array(cost.tiers.length)
  }

  // Times live in an array: numbers that closures share and change would be boxed at every change.
  const clock = new Float64Array(3)
  const [now, linkFree, running] = [0, 1, 2] as const

  const at = (): string => `MoE layer ${clock[running]! % layers}, step ${Math.floor(clock[running]! / layers)}`

  const refused = (base: number, key: unknown): PluginFault => {
    const lies = typeof key === "number" && hereAt[base + key]! >= 0
    return evictionFault(policy, at(), key, { keys: poolKeys, lies })
  }

  /** Whoever clears the marks of what the step needs would make room by it. */
  const refuseSpared = (): void => {
    const s = clock[running]!
    for (let i = start[s]!; i < start[s + 1]!; i++)
      if (fetching.now && busy[keys[i]!] !== 1) throw busyFault(policy, at())
  }

  /** In a full pool the policy says who makes room; that is looked at each time. */
  const makeRoom = (p: number, base: number): void => {
    const key = pool[p]!.evict()
    const place = base + key
    // Where there is no such key, neither comparison holds; a key of another pool is out of range.
    if (!(typeof key === "number" && hereAt[place]! >= 0 && busy[place] === 0 && key >= 0 && key < poolKeys))
      throw refused(base, key)
    hereAt[place] = -1
    if (isOutside) refuseSpared()
  }

  /** Copies an expert that is not there into pool `p`, which is its own; its copy begins at `fromPs`. */
  const bringInto = (p: number, key: number, fromPs: number): void => {
    const base = p * poolKeys
    if (used[p] === capacity) makeRoom(p, base)
    else used[p]!++
    const tier = readTier(key)
    clock[linkFree] = fromPs + occupyPs[tier]!
    hereAt[key] = clock[linkFree] + latencyPs[tier]!
    totals.linkBusyPs += occupyPs[tier]!
    totals.copies[tier]!++
    pool[p]!.insert(key - base)
  }

  const bringIn = (key: number, fromPs: number): void =>
    bringInto(sharesPool ? 0 : Math.floor(key / poolKeys), key, fromPs)

  const prefetches = makePrefetches(distance, Math.max(0, prefetch), {
    busy,
    hereAt,
    linkFreePs: () => clock[linkFree]!,
    bringIn
  })

  /** The step `s` comes, at `nowPs`: what was fetched for it counts, and what did not begin is dropped. */
  const endPrefetches = (s: number, nowPs: number): void => {
    prefetches.begin(nowPs)
    if (s > 0) for (let i = start[s - 1]!; i < start[s]!; i++) busy[keys[i]!] = 0
    if (distance > 1) prefetches.protect(s - 1 + distance)
    prefetches.expire(s)
    for (let i = start[s]!; i < start[s + 1]!; i++) busy[keys[i]!] = 1
    prefetches.tally(totals)
  }

  /** Lists what is forecast for the step to fetch ahead for, if it is of the same batch. */
  const queuePrefetches = (s: number, nowPs: number, next: Uint16Array, rows: ForecastRows): void => {
    const base = ((s + distance) % layers) * experts
    const row = (s - rows.from) * rows.width
    for (let i = 0; i < prefetch; i++) {
      if (next[row + i] === noExpert) break
      prefetches.add(s + distance, base + next[row + i]!, nowPs)
    }
  }

  /** Copies what the step lacks, one after the other, and says when the last has arrived. */
  const fetchMissing = (p: number, first: number, end: number, nowPs: number): number => {
    let readyPs = nowPs
    fetching.now = true
    for (let i = first; i < end; i++) busy[keys[i]!] = 1
    for (let i = first; i < end; i++) {
      const key = keys[i]!
      if (hereAt[key]! >= 0) continue
      totals.misses++
      bringInto(p, key, Math.max(clock[linkFree]!, nowPs))
      readyPs = Math.max(readyPs, hereAt[key]!)
    }
    fetching.now = false
    if (prefetch <= 0) for (let i = first; i < end; i++) busy[keys[i]!] = 0
    return readyPs
  }

  const steps = (batch: number, from: number, to: number, rows: ForecastRows): void => {
    const beganPs = clock[now]!
    const endOfBatch = batchStart[batch + 1]!
    const scoreRows = usesScores ? rows.scores : undefined
    let nowPs = beganPs
    let hits = 0
    let stallPs = 0
    let layer = from % layers
    for (let s = from; s < to; s++) {
      clock[running] = s
      const first = start[s]!
      const end = start[s + 1]!
      const p = sharesPool ? 0 : layer
      const base = p * poolKeys
      const slotsOf = pool[p]!
      if (prefetch > 0) endPrefetches(s, nowPs)
      if (scoreRows !== undefined) {
        const row = (s - rows.from) * experts
        const ofLayer = layer * experts
        for (let e = 0; e < experts; e++) scores[ofLayer + e] = scoreRows[row + e]!
      }
      let readyPs = nowPs
      let late = 0
      let missing = 0
      // Used in the order of the step: from the first missing one on, when what is missing has been brought in.
      let unused = end
      for (let i = first; i < end; i++) {
        const key = keys[i]!
        if (usesFuture) nextUse[key] = upcoming[i]!
        const atPs = hereAt[key]!
        if (atPs < 0) {
          if (missing++ === 0) unused = i
        } else {
          if (missing === 0) slotsOf.use(key - base)
          if (atPs > nowPs) {
            late++
            readyPs = Math.max(readyPs, atPs)
          }
        }
      }
      if (missing > 0) {
        readyPs = Math.max(readyPs, fetchMissing(p, first, end, nowPs))
        for (let i = unused; i < end; i++) slotsOf.use(keys[i]! - base)
      }
      const there = end - first - missing
      if (prefetch > 0 && s + distance < endOfBatch && rows.next !== undefined)
        queuePrefetches(s, nowPs, rows.next, rows)
      hits += there - late
      totals.layerHits[layer]! += there - late
      totals.late += late
      stallPs += readyPs - nowPs
      nowPs = readyPs + computePs[s]! + betweenPs
      layer = layer + 1 === layers ? 0 : layer + 1
    }
    clock[now] = nowPs
    totals.needs[batch]! += start[to]! - start[from]!
    totals.hits[batch]! += hits
    totals.timePs[batch]! += nowPs - beganPs
    totals.stallPs += stallPs
  }

  // The steps themselves read and write arrays of numbers, which throws nothing: what is thrown is the policy's.
  const run: CacheRun["run"] = (batch, from, to, rows) => {
    const outer = enter(number)
    try {
      steps(batch, from, to, rows)
    } catch (cause) {
      throw poolThrew(policy, at(), cause)
    }
    leave(outer)
  }

  return { totals, run }
}
