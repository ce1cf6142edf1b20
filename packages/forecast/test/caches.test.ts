import { assert, describe, it } from "@effect/vitest"
import { beladyHits, forecastCache, lruCache } from "@moira/caches"
import { rankOf, topExperts } from "../src/top.ts"
import { random } from "@moira/core"
import { Schema } from "effect"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })))

/** Tokens with distinct experts, and scores that know something of them. */
const stream = (seed: number, experts: number, topK: number, tokens: number) => {
  const { below, uniform } = random(seed)
  return Array.from({ length: tokens }, () => {
    const ids = new Set<number>()
    while (ids.size < topK) ids.add(Math.floor(uniform() ** 2 * experts))
    const scores = Float64Array.from({ length: experts }, (_, e) => below(4) + (ids.has(e) ? below(3) : 0))
    return { ids: [...ids], scores }
  })
}

const bestOf = (scores: Float64Array, n: number) =>
  [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b).slice(0, n)

/** The forecast-driven cache with lists. */
const plainForecast = (tokens: ReturnType<typeof stream>, capacity: number, topK: number) => {
  let held: Array<number> = []
  let [hits, fetched] = [0, 0]
  for (const { ids, scores } of tokens) {
    const bring = (expert: number, pinned: ReadonlyArray<number>) => {
      fetched++
      if (held.length === capacity) {
        const worst = held.filter((e) => !pinned.includes(e)).toSorted((a, b) => scores[a]! - scores[b]! || b - a)[0]
        held = held.filter((e) => e !== worst)
      }
      held.push(expert)
    }
    const best = bestOf(scores, Math.min(topK, capacity))
    for (const e of best) if (!held.includes(e)) bring(e, best)
    for (const e of ids) {
      if (held.includes(e)) hits++
      else bring(e, ids)
    }
  }
  return { hits, fetched }
}

const plainLru = (tokens: ReturnType<typeof stream>, capacity: number) => {
  let held: Array<number> = []
  let hits = 0
  for (const e of tokens.flatMap(({ ids }) => ids)) {
    if (held.includes(e)) hits++
    held = [...held.filter((other) => other !== e), e].slice(-capacity)
  }
  return hits
}

/** The best hits over all ways to make room, by trying them all. */
const bestPossible = (ids: ReadonlyArray<number>, capacity: number): number => {
  let states = new Map<string, number>([["", 0]])
  for (const id of ids) {
    const next = new Map<string, number>()
    const keep = (held: ReadonlyArray<number>, hits: number) => {
      const key = held.toSorted((a, b) => a - b).join()
      next.set(key, Math.max(next.get(key) ?? 0, hits))
    }
    for (const [key, hits] of states) {
      const held = key === "" ? [] : key.split(",").map(Number)
      if (held.includes(id)) keep(held, hits + 1)
      else if (held.length < capacity) keep([...held, id], hits)
      else for (const out of held) keep([...held.filter((e) => e !== out), id], hits)
    }
    states = next
  }
  return Math.max(...states.values())
}

describe("caches equal plain ones", () => {
  it.prop("driven by a forecast", { seed: Seed }, ({ seed }) => {
    const topK = 1 + (seed % 3)
    const capacity = topK + (seed % 5)
    const tokens = stream(seed, 9, topK, 40)
    const cache = forecastCache(capacity, 9)
    let hits = 0
    for (const { ids, scores } of tokens)
      hits += cache.serve(scores, Uint16Array.from(bestOf(scores, topK)), ids, 0, topK)
    assert.deepStrictEqual({ hits, fetched: cache.fetched() }, plainForecast(tokens, capacity, topK))
  })

  it.prop("least recently used", { seed: Seed }, ({ seed }) => {
    const topK = 1 + (seed % 3)
    const capacity = topK + (seed % 5)
    const tokens = stream(seed, 9, topK, 40)
    const cache = lruCache(capacity, 9)
    let hits = 0
    for (const { ids, scores } of tokens) hits += cache.serve(scores, new Uint16Array(0), ids, 0, topK)
    assert.strictEqual(hits, plainLru(tokens, capacity))
  })

  it.prop("the best possible, which trying everything does not pass", { seed: Seed }, ({ seed }) => {
    const ids = stream(seed, 6, 1, 14).flatMap((token) => token.ids)
    const capacity = 1 + (seed % 3)
    assert.strictEqual(beladyHits(Uint16Array.from(ids), capacity, 6), bestPossible(ids, capacity))
  })
})

describe("naming experts", () => {
  it.prop("the top experts are those of a sort, and ranks agree", { seed: Seed }, ({ seed }) => {
    const { below } = random(seed)
    const scores = Float64Array.from({ length: 1 + below(20) }, () => below(5))
    for (const n of [0, 1, 3, 8, 40]) {
      const into = new Uint16Array(40)
      const count = topExperts(scores, n, into)
      assert.deepStrictEqual([...into.subarray(0, count)], bestOf(scores, n))
    }
    bestOf(scores, scores.length).forEach((e, rank) => {
      assert.strictEqual(rankOf(scores, e), rank)
      assert.strictEqual(rankOf(scores, e, 3), Math.min(3, rank))
    })
  })
})
