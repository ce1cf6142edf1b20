/** One LRU and one Belady: the caches of a stream, driven by the policies, against the ones that each had loops of its own. */
import { assert, describe, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Schema } from "effect"
import type { CachePolicy } from "../src/cache-policy.ts"
import lru from "../src/policies/lru.ts"
import { beladyHits, type ExpertCache, lruCache } from "../src/stream-cache.ts"
import { cacheSteps, driveCache } from "../src/testing/cache-checks.ts"

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

/** Least recently used makes room; nothing is brought in ahead. Scores are not looked at. */
const plainLruCache = (capacity: number, experts: number): ExpertCache => {
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
const plainBeladyHits = (ids: Uint16Array, capacity: number, experts: number): number => {
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

/** The policy with a ring of keys. */
const plainLruPolicy: CachePolicy = {
  contract: "cache/v1",
  id: "lru",
  title: "LRU: least recently used makes room",
  knows: "past",
  prepare: ({ keys, busy }) => {
    // A ring of keys through place `keys`: the one after it was used longest ago.
    const older = new Int32Array(keys + 1)
    const newer = new Int32Array(keys + 1)
    older[keys] = keys
    newer[keys] = keys
    const leave = (key: number): void => {
      const [o, n] = [older[key]!, newer[key]!]
      newer[o] = n
      older[n] = o
    }
    const join = (key: number): void => {
      const newest = older[keys]!
      newer[newest] = key
      older[key] = newest
      newer[key] = keys
      older[keys] = key
    }
    return {
      insert: join,
      use: (key) => {
        if (older[keys] === key) return
        leave(key)
        join(key)
      },
      evict: () => {
        let key = newer[keys]!
        while (busy[key] === 1) key = newer[key]!
        leave(key)
        return key
      }
    }
  }
}

const shape = {
  seed: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))),
  experts: Schema.Literals([5, 8, 64]),
  topK: Schema.Literals([1, 2, 4]),
  capacity: Schema.Literals([1, 2, 3, 5]),
  holes: Schema.Literals([0, 7])
}

/** Skewed ids; some are holes, and a token may name an expert twice. */
const drawn = (seed: number, experts: number, length: number, holes: number): Uint16Array => {
  const { below, uniform } = random(seed)
  return Uint16Array.from({ length }, () =>
    holes > 0 && below(holes) === 0 ? 0xffff : Math.floor(uniform() ** 2 * experts)
  )
}

describe("caches of a stream, equal to those with loops of their own", () => {
  it.prop("least recently used: hits of each token, and what was fetched", shape, (of) => {
    const ids = drawn(of.seed, of.experts, 300 * of.topK, of.holes)
    const [one, plain] = [lruCache(of.capacity, of.experts), plainLruCache(of.capacity, of.experts)]
    const nothing = [new Float64Array(0), new Uint16Array(0)] as const
    for (let from = 0; from < ids.length; from += of.topK)
      assert.strictEqual(
        one.serve(...nothing, ids, from, from + of.topK),
        plain.serve(...nothing, ids, from, from + of.topK)
      )
    assert.strictEqual(one.fetched(), plain.fetched())
  })

  it.prop("needed again last", shape, ({ seed, experts, topK, capacity }) => {
    const ids = drawn(seed, experts, 300 * topK, 0)
    assert.strictEqual(beladyHits(ids, capacity, experts), plainBeladyHits(ids, capacity, experts))
  })

  it.prop("the policy: the same contents at every step", shape, ({ seed, capacity }) => {
    const steps = cacheSteps(16, 120, seed)
    assert.deepStrictEqual(
      driveCache(lru, 16, 4 + capacity, steps),
      driveCache(plainLruPolicy, 16, 4 + capacity, steps)
    )
  })
})
