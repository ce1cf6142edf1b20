import { assert, describe, it } from "@effect/vitest"
import belady from "../src/policies/belady.ts"
import { type CachePolicy } from "../src/cache-policy.ts"
import forecastDriven from "../src/policies/predicted.ts"
import lfu from "../src/policies/lfu.ts"
import lfuDecayed from "../src/policies/lfu-decayed.ts"
import lru from "../src/policies/lru.ts"
import pinned from "../src/policies/pinned.ts"
import { cacheChecks, cacheSteps, type CacheSteps, driveCache, cacheConformance } from "../src/testing/cache-checks.ts"
import { random } from "@moira/core"
import { Effect, Exit, Schema } from "effect"

const policies = [lru, lfu, lfuDecayed, pinned, forecastDriven, belady]
for (const policy of policies) cacheConformance(policy)

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** The least misses of any eviction rule: every set of keys that may be there is followed. */
const fewestMisses = (steps: CacheSteps, slots: number): number => {
  let states = new Map<string, number>([["", 0]])
  const parse = (text: string) => (text === "" ? [] : text.split(",").map(Number))
  for (const needs of steps) {
    const next = new Map<string, number>()
    for (const [text, misses] of states) {
      const held = parse(text)
      const missing = needs.filter((key) => !held.includes(key))
      const others = held.filter((key) => !needs.includes(key))
      const gone = Math.max(0, held.length + missing.length - slots)
      const keepFrom = (from: number, left: number, kept: ReadonlyArray<number>): void => {
        if (left === 0) {
          const now = [...needs, ...kept, ...others.slice(from)].toSorted((a, b) => a - b).join()
          next.set(now, Math.min(next.get(now) ?? Infinity, misses + missing.length))
          return
        }
        for (let i = from; i <= others.length - left; i++)
          keepFrom(i + 1, left - 1, [...kept, ...others.slice(from, i)])
      }
      keepFrom(0, gone, [])
    }
    states = next
  }
  return Math.min(...states.values())
}

const needsOf = (steps: CacheSteps) => steps.reduce((sum, needs) => sum + needs.length, 0)

describe("Belady", () => {
  it.prop(
    "misses as little as any eviction rule can, by trying them all",
    { seed: Seed, slots: Schema.Literals([4, 5]) },
    ({ seed, slots }) => {
      const steps = cacheSteps(8, 10, seed)
      assert.strictEqual(needsOf(steps) - driveCache(belady, 8, slots, steps).hits, fewestMisses(steps, slots))
    },
    { arbitrary: { runs: 60 } }
  )

  it.prop(
    "hits at least as often as every policy",
    { seed: Seed, slots: Schema.Literals([4, 6, 9, 15]) },
    ({ seed, slots }) => {
      const { uniform } = random(seed)
      const values = () => Float64Array.from({ length: 16 }, uniform)
      const steps = cacheSteps(16, 150, seed)
      const bound = driveCache(belady, 16, slots, steps).hits
      for (const policy of policies) {
        const { hits } = driveCache(policy, 16, slots, steps, { popularity: values(), scoresAt: values })
        assert.isAtMost(hits, bound, policy.id)
      }
    },
    { arbitrary: { runs: 40 } }
  )
})

/** Hits of LRU caches of all sizes in one pass (Mattson, 1970): a hit wherever the recency of a key is below the size. */
const stackHits = (steps: CacheSteps, keys: number): ReadonlyArray<number> => {
  const hits = Array.from({ length: keys + 1 }, () => 0)
  let stack: ReadonlyArray<number> = []
  for (const needs of steps) {
    for (const key of needs) {
      const depth = stack.indexOf(key)
      if (depth >= 0) for (let size = depth + 1; size <= keys; size++) hits[size]!++
    }
    stack = [...needs.toReversed(), ...stack.filter((key) => !needs.includes(key))]
  }
  return hits
}

describe("LRU", () => {
  it.prop("of every size equals one pass over stack distances", { seed: Seed }, ({ seed }) => {
    const steps = cacheSteps(12, 120, seed)
    const hits = stackHits(steps, 12)
    for (let slots = 4; slots <= 12; slots++) {
      assert.strictEqual(driveCache(lru, 12, slots, steps).hits, hits[slots], `${slots} slots`)
    }
  })

  it("never hits less often with more slots, while some others may", () => {
    const steps = cacheSteps(20, 400, 5)
    const hits = [4, 6, 8, 12, 16, 20].map((slots) => driveCache(lru, 20, slots, steps).hits)
    assert.deepStrictEqual(
      hits,
      hits.toSorted((a, b) => a - b)
    )
  })
})

describe("small cases by hand", () => {
  const one = (...keys: ReadonlyArray<number>): CacheSteps => keys.map((key) => [key])

  it("LRU lets the one go that was used longest ago", () => {
    assert.deepStrictEqual(driveCache(lru, 4, 2, one(0, 1, 0, 2, 1)).evicted, [1, 0])
  })

  it("LFU lets the one go that was used least, of equals the older", () => {
    assert.deepStrictEqual(driveCache(lfu, 4, 2, one(0, 0, 1, 2, 3)).evicted, [1, 2])
    assert.deepStrictEqual(driveCache(lfu, 4, 2, one(0, 1, 2)).evicted, [0])
  })

  it("LFU with decay forgets what was used long ago, LFU does not", () => {
    const steps = one(...Array.from({ length: 80 }, () => 0), ...Array.from({ length: 400 }, (_, i) => 1 + (i % 2)), 3)
    assert.strictEqual(driveCache(lfuDecayed, 4, 3, steps).evicted.at(-1), 0)
    assert.notStrictEqual(
      driveCache(lfu, 4, 3, one(...Array.from({ length: 300 }, () => 0), 1, 2, 1, 2, 3)).evicted.at(-1),
      0
    )
  })

  it("LFU with decay stays finite over a million uses", () => {
    const busy = new Uint8Array(2)
    const nothing = new Float64Array(2)
    const pool = lfuDecayed.prepare({ keys: 2, slots: 1, busy, popularity: nothing, scores: nothing, nextUse: nothing })
    pool.insert(0)
    pool.insert(1)
    for (let i = 0; i < 1e6; i++) pool.use(i % 3 === 0 ? 0 : 1)
    assert.strictEqual(pool.evict(), 0)
  })

  it("pinned keeps the popular, whatever was used", () => {
    const popularity = Float64Array.of(9, 1, 5, 2)
    assert.deepStrictEqual(driveCache(pinned, 4, 2, one(0, 1, 2, 3, 1), { popularity }).evicted, [1, 2, 3])
  })

  it("predicted follows the scores of the step", () => {
    const scoresAt = (s: number) => (s === 2 ? Float64Array.of(0.1, 0.9, 0) : Float64Array.of(0.9, 0.1, 0))
    assert.deepStrictEqual(driveCache(forecastDriven, 3, 2, one(0, 1, 2), { scoresAt }).evicted, [0])
  })
})

describe("the kit finds what is wrong", () => {
  const broken: Record<string, readonly [check: RegExp, policy: CachePolicy]> = {
    "evicts what a step needs": [
      /not needed makes room/,
      { ...lfu, prepare: (setup) => lfu.prepare({ ...setup, busy: new Uint8Array(setup.keys) }) }
    ],
    "evicts what is not there": [
      /not needed makes room/,
      { ...lru, prepare: (setup) => ({ ...lru.prepare(setup), evict: () => 99 }) }
    ],
    "is not deterministic": [
      /deterministic/,
      {
        ...pinned,
        prepare: (setup) =>
          pinned.prepare({ ...setup, popularity: Float64Array.from(setup.popularity, () => Math.random()) })
      }
    ],
    "peeks at the future": [/no more than it says/, { ...belady, knows: "past" }],
    "peeks at forecasts": [/no more than it says/, { ...forecastDriven, knows: "training" }],
    "claims what it does not use": [/looks at what it says/, { ...lru, knows: "forecast" }]
  }
  for (const [name, [check, policy]] of Object.entries(broken)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const failed: Array<string> = []
        for (const { name: title, run } of cacheChecks(policy)) {
          if (Exit.isFailure(yield* Effect.exit(Effect.suspend(() => run)))) failed.push(title)
        }
        assert.isTrue(
          failed.some((title) => check.test(title)),
          failed.join()
        )
      })
    )
  }
})
