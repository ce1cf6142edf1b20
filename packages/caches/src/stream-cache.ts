/** Caches of a few experts of one layer that a stream of tokens reads: how often what is needed is there. */
import { makePool } from "./core/pool.ts"
import belady from "./policies/belady.ts"
import lru from "./policies/lru.ts"

/** A cache that lives through the requests of a trace, one request at a time. */
export interface ExpertCache {
  /**
   * Serves one token and returns how many of its experts were there: `ids[from]` to `ids[to]`, for which the forecast
   * gave `scores`, with `best` in front. Hot, no allocation.
   */
  readonly serve: (scores: Float64Array, best: Uint16Array, ids: ArrayLike<number>, from: number, to: number) => number
  /** Experts brought in so far, on demand or ahead. */
  readonly fetched: () => number
}

/** The places of a cache, and who lies there. */
const places = (capacity: number, experts: number) => {
  const held = new Uint16Array(capacity)
  const at = new Int32Array(experts).fill(-1)
  let used = 0
  let fetched = 0
  return {
    held,
    has: (expert: number) => at[expert]! >= 0,
    used: () => used,
    fetched: () => fetched,
    full: () => used === capacity,
    /** Puts an expert into a free place, or in the place of another. */
    put: (expert: number, place: number): void => {
      if (place < used) at[held[place]!] = -1
      else used++
      held[place] = expert
      at[expert] = place
      fetched++
    }
  }
}

/**
 * Driven by a forecast: before a token, the `best` experts, no more than the cache holds, are brought in; a miss is brought in on
 * demand. Who makes room is the one of the lowest score that this token does not need (nor was just brought in).
 */
export const forecastCache = (capacity: number, experts: number): ExpertCache => {
  const cache = places(capacity, experts)
  const pinned = new Uint8Array(experts)

  const bringIn = (expert: number, scores: Float64Array): void => {
    if (!cache.full()) return cache.put(expert, cache.used())
    let worst = -1
    for (let place = 0; place < capacity; place++) {
      const other = cache.held[place]!
      if (pinned[other] === 1) continue
      if (worst < 0) worst = place
      else {
        const least = cache.held[worst]!
        if (scores[other]! < scores[least]! || (scores[other] === scores[least] && other > least)) worst = place
      }
    }
    cache.put(expert, worst)
  }

  return {
    fetched: cache.fetched,
    serve: (scores, best, ids, from, to) => {
      const count = Math.min(best.length, capacity)
      for (let i = 0; i < count; i++) pinned[best[i]!] = 1
      for (let i = 0; i < count; i++) if (!cache.has(best[i]!)) bringIn(best[i]!, scores)
      for (let i = 0; i < count; i++) pinned[best[i]!] = 0
      let hits = 0
      for (let i = from; i < to; i++) if (ids[i]! < experts) pinned[ids[i]!] = 1
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        if (cache.has(id)) hits++
        else bringIn(id, scores)
      }
      for (let i = from; i < to; i++) if (ids[i]! < experts) pinned[ids[i]!] = 0
      return hits
    }
  }
}

/** Least recently used makes room; nothing is brought in ahead. Scores are not looked at. */
export const lruCache = (capacity: number, experts: number): ExpertCache => {
  const pool = makePool(lru, { keys: experts, slots: capacity })
  return {
    fetched: pool.fetched,
    serve: (_scores, _best, ids, from, to) => {
      let hits = 0
      for (let i = from; i < to; i++) if (ids[i]! < experts && pool.need(ids[i]!)) hits++
      return hits
    }
  }
}

/** By position of `ids`, the next one with the same id; infinite for none. */
const nextUses = (ids: Uint16Array, experts: number): Float64Array => {
  const next = new Float64Array(ids.length)
  const seenAt = new Float64Array(experts).fill(Infinity)
  for (let i = ids.length - 1; i >= 0; i--) {
    next[i] = seenAt[ids[i]!]!
    seenAt[ids[i]!] = i
  }
  return next
}

/** Hits of the best cache without prefetch. `ids` is the whole sequence, holes left out. */
export const beladyHits = (ids: Uint16Array, capacity: number, experts: number): number => {
  const next = nextUses(ids, experts)
  const nextUse = new Float64Array(experts).fill(Infinity)
  const pool = makePool(belady, { keys: experts, slots: capacity, nextUse })
  let hits = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (pool.need(id)) hits++
    nextUse[id] = next[i]!
  }
  return hits
}
