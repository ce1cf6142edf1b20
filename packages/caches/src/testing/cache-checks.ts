/** What every cache policy must do, as named checks over seeded steps. */
import { assert } from "@effect/vitest"
import { type Check, registerChecks } from "@moira/core/testing"
import { random } from "@moira/core"
import { Effect } from "effect"
import { cacheContract, type CacheKnowledge, type CachePolicy } from "../cache-policy.ts"

/** Distinct keys of each step, in the order in which they are used. */
export type CacheSteps = ReadonlyArray<ReadonlyArray<number>>

/** Seeded steps of one to four keys, low ones more often. */
export const cacheSteps = (keys: number, steps: number, seed: number): CacheSteps => {
  const { below, uniform } = random(seed)
  return Array.from({ length: steps }, () => {
    const needs = new Set<number>()
    const wanted = 1 + below(Math.min(4, keys))
    while (needs.size < wanted) needs.add(Math.floor(uniform() ** 2 * keys))
    return [...needs]
  })
}

export interface CacheDrive {
  /** Keys that were there when their step came. */
  readonly hits: number
  /** Who made room, in order; `undefined` for an eviction that the contract forbids. */
  readonly evicted: ReadonlyArray<number>
  /** What was wrong with the first eviction that was. */
  readonly fault: string | undefined
}

/** What a policy may look at, by key; nothing forecasts and nothing was learnt when left out. */
export interface CacheScene {
  readonly popularity?: Float64Array
  /** Scores at step `s`, of every key. */
  readonly scoresAt?: (s: number) => Float64Array
  /** Leaves the future out. */
  readonly blind?: boolean
}

/** Drives one pool through steps as the contract says. A bad eviction is noted, and a legal key makes room instead. */
export const driveCache = (
  policy: CachePolicy,
  keys: number,
  slots: number,
  steps: CacheSteps,
  scene: CacheScene = {}
): CacheDrive => {
  const busy = new Uint8Array(keys)
  const scores = new Float64Array(keys)
  const nextUse = new Float64Array(keys).fill(Infinity)
  const popularity = scene.popularity ?? new Float64Array(keys)
  const pool = policy.prepare({ keys, slots, busy, popularity, scores, nextUse })
  const held = new Set<number>()
  const evicted: Array<number> = []
  let fault: string | undefined
  let hits = 0
  steps.forEach((needs, s) => {
    for (const key of needs) busy[key] = 1
    if (scene.scoresAt !== undefined) scores.set(scene.scoresAt(s))
    if (scene.blind !== true) {
      for (const key of needs) {
        const next = steps.findIndex((later, at) => at > s && later.includes(key))
        nextUse[key] = next < 0 ? Infinity : next
      }
    }
    hits += needs.filter((key) => held.has(key)).length
    for (const key of needs) {
      if (held.has(key)) continue
      if (held.size === slots) {
        const gone = pool.evict()
        if (!held.has(gone)) fault ??= `step ${s}: key ${gone} makes room and is not there`
        else if (busy[gone] === 1) fault ??= `step ${s}: key ${gone} makes room and is needed`
        evicted.push(gone)
        held.delete(fault === undefined ? gone : [...held].find((one) => busy[one] === 0)!)
      }
      held.add(key)
      pool.insert(key)
    }
    for (const key of needs) pool.use(key)
    for (const key of needs) busy[key] = 0
  })
  return { hits, evicted, fault }
}

const keys = 12
const slotCounts = [4, 5, 8, 11, 12] as const
const seeds = Array.from({ length: 12 }, (_, i) => i)

/** Popularity and forecasts that one seed draws. */
const drawn = (seed: number): Required<Omit<CacheScene, "blind">> => {
  const { uniform } = random(seed)
  const values = () => Float64Array.from({ length: keys }, uniform)
  const rows = Array.from({ length: 80 }, values)
  return { popularity: values(), scoresAt: (s) => rows[s]! }
}

const sources = ["popularity", "forecasts", "the future"] as const
/** How many of the sources a policy may look at. */
const allowed: Readonly<Record<CacheKnowledge, number>> = { past: 0, training: 1, forecast: 2, future: 3 }

/** Evictions over all seeds and sizes, with one source of knowledge changed or none. */
const evictions = (policy: CachePolicy, changed?: (typeof sources)[number]): string =>
  seeds
    .flatMap((seed) =>
      slotCounts.map((slots) => {
        const scene = drawn(seed)
        const other = drawn(seed + 1000)
        return driveCache(policy, keys, slots, cacheSteps(keys, 80, seed), {
          popularity: changed === "popularity" ? other.popularity : scene.popularity,
          scoresAt: changed === "forecasts" ? other.scoresAt : scene.scoresAt,
          blind: changed === "the future"
        }).evicted.join()
      })
    )
    .join("|")

/** Checks of a cache policy. */
export const cacheChecks = (policy: CachePolicy): ReadonlyArray<Check> => [
  {
    name: "only a key that is there and not needed makes room",
    run: Effect.sync(() => {
      for (const seed of seeds)
        for (const slots of slotCounts)
          assert.isUndefined(driveCache(policy, keys, slots, cacheSteps(keys, 80, seed), drawn(seed)).fault)
    })
  },
  {
    name: "is deterministic",
    run: Effect.sync(() => assert.strictEqual(evictions(policy), evictions(policy)))
  },
  {
    name: `[${policy.knows}] looks at no more than it says`,
    run: Effect.sync(() => {
      for (const source of sources.slice(allowed[policy.knows]))
        assert.strictEqual(evictions(policy, source), evictions(policy), `looks at ${source}`)
    })
  },
  {
    name: `[${policy.knows}] looks at what it says`,
    run: Effect.sync(() => {
      const last = sources[allowed[policy.knows] - 1]
      if (last !== undefined)
        assert.notStrictEqual(evictions(policy, last), evictions(policy), `does not look at ${last}: claim less`)
    })
  }
]

/** Registers the cache contract's tests for one policy. */
export const cacheConformance = (policy: CachePolicy): void =>
  registerChecks(`${policy.id}: ${cacheContract}`, cacheChecks(policy))
