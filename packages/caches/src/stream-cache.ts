/** Caches of a few experts of one layer that a stream of tokens reads: how often what is needed is there. */
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
  const cache = places(capacity, experts)
  const usedAt = new Float64Array(experts)
  let now = 0
  return {
    fetched: cache.fetched,
    serve: (_scores, _best, ids, from, to) => {
      let hits = 0
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        if (cache.has(id)) hits++
        else {
          let place = cache.used()
          if (cache.full()) {
            place = 0
            for (let p = 1; p < capacity; p++) {
              if (usedAt[cache.held[p]!]! < usedAt[cache.held[place]!]!) place = p
            }
          }
          cache.put(id, place)
        }
        usedAt[id] = ++now
      }
      return hits
    }
  }
}

/**
 * Hits of the best cache without prefetch, which makes room by who is needed again last (Belady, 1966).
 * `ids` is the whole sequence, holes left out.
 */
export const beladyHits = (ids: Uint16Array, capacity: number, experts: number): number => {
  const next = new Float64Array(ids.length)
  const seenAt = new Float64Array(experts).fill(Infinity)
  for (let i = ids.length - 1; i >= 0; i--) {
    next[i] = seenAt[ids[i]!]!
    seenAt[ids[i]!] = i
  }
  const cache = places(capacity, experts)
  const neededAt = new Float64Array(experts)
  let hits = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (cache.has(id)) hits++
    else {
      let place = cache.used()
      if (cache.full()) {
        place = 0
        for (let p = 1; p < capacity; p++) {
          if (neededAt[cache.held[p]!]! > neededAt[cache.held[place]!]!) place = p
        }
      }
      cache.put(id, place)
    }
    neededAt[id] = next[i]!
  }
  return hits
}
