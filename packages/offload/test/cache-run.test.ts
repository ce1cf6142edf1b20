import { assert, describe, it } from "@effect/vitest"
import belady from "@moira/caches/policies/belady"
import forecastDriven from "@moira/caches/policies/predicted"
import lfu from "@moira/caches/policies/lfu"
import lfuDecayed from "@moira/caches/policies/lfu-decayed"
import lru from "@moira/caches/policies/lru"
import pinned from "@moira/caches/policies/pinned"
import { driveCache } from "@moira/caches/testing"
import { makeStream } from "../src/simulate/stream.ts"
import { makeTiers } from "../src/simulate/tiers.ts"
import { Schema } from "effect"
import { costOf, foretold, judge, model, neededAt, randomHeldOut, runCache, total } from "./offload-scene.ts"
import { expertBytes } from "./shelf.ts"

const policies = [lru, lfu, lfuDecayed, pinned, forecastDriven, belady]
const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))
const copyPs = 1e6

/** One request whose token `t` chooses `at(t)` at each of the three layers. */
const oneRequest = (tokens: number, at: (t: number) => ReadonlyArray<number>) =>
  judge([Array.from({ length: tokens }, (_, t) => [at(t), at(t), at(t)])])

describe("a stream", () => {
  it("needs each expert of a layer step once, whoever of the batch chose it", () => {
    const a = [
      [
        [0, 1],
        [2, 3],
        [4, 5]
      ]
    ]
    const b = [
      [
        [1, 2],
        [2, 3],
        [0xffff, 4]
      ],
      [
        [7, 0],
        [7, 1],
        [7, 2]
      ]
    ]
    const stream = makeStream(judge([a, b]), 2)
    const needs = Array.from({ length: stream.layerSteps }, (_, s) =>
      Array.from(stream.keys.subarray(stream.start[s], stream.start[s + 1]), (key) => key - 8 * (s % 3))
    )
    assert.deepStrictEqual(needs, [
      [0, 1, 2],
      [2, 3],
      [4, 5],
      [7, 0],
      [7, 1],
      [7, 2]
    ])
    assert.deepStrictEqual([...stream.choices], [4, 4, 3, 2, 2, 2])
    assert.deepStrictEqual([...stream.batchTokens], [3])
    assert.strictEqual(stream.maxNeeds, 3)
    assert.deepStrictEqual([...stream.layerNeeds], [5, 4, 4])
    assert.deepStrictEqual([...stream.nextUse.subarray(0, 3)], [3, Infinity, Infinity])
  })
})

describe("time, in closed form", () => {
  it("all misses: every step waits for its copies, and nothing overlaps", () => {
    // Token t needs experts that no earlier token left in the two slots.
    const stream = makeStream(
      oneRequest(10, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    const totals = runCache(stream, costOf({ latencyPs: 7 }), { slots: 2, computePs: 1000 })
    assert.strictEqual(total(totals.hits), 0)
    assert.strictEqual(totals.misses, 60)
    // The second copy begins when the first has left; the latency of the last one is waited for.
    assert.strictEqual(totals.stallPs, 30 * (2 * copyPs + 7))
    assert.strictEqual(total(totals.timePs), 30 * (2 * copyPs + 7 + 1000))
    assert.strictEqual(totals.linkBusyPs, 60 * copyPs)
  })

  it("all hits: once everything was read, only computing takes time", () => {
    const stream = makeStream(
      oneRequest(100, (t) => [t % 8, (t + 1) % 8]),
      1
    )
    const totals = runCache(stream, costOf(), { slots: 8, computePs: 1000, betweenPs: 50 })
    assert.strictEqual(totals.misses, 24)
    assert.strictEqual(total(totals.timePs), 24 * copyPs + 300 * 1050)
    assert.strictEqual(totals.stallPs, 24 * copyPs)
  })

  it("a foretold expert whose copy fits into the time before costs nothing", () => {
    const stream = makeStream(
      oneRequest(10, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    const rows = foretold(stream, 2)
    const ahead = runCache(stream, costOf(), { slots: 2, prefetch: 2, computePs: 2 * copyPs, rows })
    // Only the first step of the request waits.
    assert.deepStrictEqual([ahead.misses, ahead.late, total(ahead.hits)], [2, 0, 58])
    assert.strictEqual(total(ahead.timePs), 2 * copyPs + 30 * 2 * copyPs)
    assert.deepStrictEqual([ahead.ahead, ahead.aheadUsed], [58, 58])
  })

  it("one that fits in part is late, and its step waits for the rest", () => {
    const stream = makeStream(
      oneRequest(10, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    const rows = foretold(stream, 2)
    const totals = runCache(stream, costOf(), { slots: 2, prefetch: 2, computePs: 1.5 * copyPs, rows })
    // Step 1 on: one has arrived, the other is half way.
    assert.deepStrictEqual([totals.misses, totals.late, total(totals.hits)], [2, 29, 29])
    assert.strictEqual(totals.stallPs, 2 * copyPs + 29 * 0.5 * copyPs)
  })

  it("a prefetch that did not begin in time is dropped; missing experts go first", () => {
    const stream = makeStream(
      oneRequest(10, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    const rows = foretold(stream, 2)
    const totals = runCache(stream, costOf(), { slots: 2, prefetch: 2, computePs: 0.5 * copyPs, rows })
    // Half of the first copy is done when the step comes; the other expert was not begun and is missing.
    assert.deepStrictEqual([totals.ahead, totals.late, totals.misses], [29, 29, 2 + 29])
    // The rest of the first, then the missing one.
    assert.strictEqual(totals.stallPs, 2 * copyPs + 29 * 1.5 * copyPs)
  })

  it("a wrong prefetch keeps the link busy, and a miss waits for it to end", () => {
    const stream = makeStream(
      oneRequest(10, () => [0, 1]),
      1
    )
    const wrong = foretold(stream, 1, () => [7])
    // Expert 7 pushes out an expert of the next layer that is needed there.
    const totals = runCache(stream, costOf(), { slots: 2, prefetch: 1, computePs: 0.25 * copyPs, rows: wrong })
    const plain = runCache(stream, costOf(), { slots: 2, computePs: 0.25 * copyPs })
    assert.deepStrictEqual([totals.ahead, totals.aheadUsed], [29, 0])
    assert.deepStrictEqual([plain.misses, totals.misses], [6, 6 + 27])
    // When a step comes three quarters of the wrong copy are left; then come both experts at first, one later on.
    assert.strictEqual(totals.stallPs, (2 + 2 * 2.75 + 27 * 1.75) * copyPs)
  })

  it("for the next token there is a whole token's time, soonest step first", () => {
    const stream = makeStream(
      oneRequest(10, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    const rows = foretold(stream, 2, (s) => neededAt(stream, s + 3))
    const run = (computePs: number) =>
      runCache(stream, costOf(), { slots: 4, prefetch: 2, prefetchFor: "token", computePs, rows })
    // Three steps of two copies each: in time if a step computes as long as its two copies take.
    const inTime = run(2 * copyPs)
    assert.deepStrictEqual([inTime.misses, inTime.ahead, inTime.aheadUsed, inTime.late], [6, 54, 54, 0])
    assert.strictEqual(inTime.stallPs, 6 * copyPs)
    // For the next layer alone half of that time is too short; a step's copies now wait for those of the step before.
    const halfTime = run(copyPs)
    assert.strictEqual(halfTime.ahead + halfTime.misses, 60)
    assert.isBelow(halfTime.stallPs, inTime.stallPs + 27 * 2 * copyPs)
    assert.strictEqual(total(halfTime.timePs), halfTime.stallPs + 30 * copyPs)
  })

  it("prefetch without a forecast changes nothing", () => {
    const stream = makeStream(randomHeldOut(6, 3), 1)
    const plain = runCache(stream, costOf(), { slots: 3 })
    assert.deepStrictEqual(runCache(stream, costOf(), { slots: 3, prefetch: 2 }), plain)
    assert.deepStrictEqual(
      runCache(stream, costOf(), { slots: 3, prefetch: 2, rows: foretold(stream, 2, () => []) }),
      plain
    )
  })
})

describe("tiers", () => {
  it("what the near memory does not hold comes from the far one, at its rate, and stays near", () => {
    const stream = makeStream(
      oneRequest(12, (t) => [(2 * t) % 8, (2 * t + 1) % 8]),
      1
    )
    // Near: 1 us. Far: a quarter of the rate.
    const far = runCache(stream, costOf({ nearExperts: 12 }), { slots: 2 })
    assert.deepStrictEqual(
      [...far.copies],
      [0, 72],
      "12 near slots and a cycle of 24 experts: LRU never has the next one"
    )
    assert.strictEqual(far.linkBusyPs, 72 * 4 * copyPs)
    const near = runCache(stream, costOf({ nearExperts: 23 }), { slots: 2 })
    assert.strictEqual(total(near.copies), 72)
    const all = runCache(stream, costOf({ nearExperts: 24 }), { slots: 2 })
    assert.deepStrictEqual([...all.copies], [72, 0], "a near memory that holds all experts has them from the start")
  })

  it("the near memory is an LRU of what the unit asked for", () => {
    const tier = (experts: number) => ({ name: "t", experts, occupyPs: 1, latencyPs: 0 })
    const read = makeTiers([tier(2), tier(8)], 8)
    assert.deepStrictEqual([0, 1, 0, 2, 0, 1].map(read), [1, 1, 0, 1, 0, 1])
    const three = makeTiers([tier(1), tier(2), tier(8)], 8)
    assert.deepStrictEqual([0, 1, 0, 0, 2, 1].map(three), [2, 2, 1, 0, 2, 2])
    const none = makeTiers([tier(0), tier(8)], 8)
    assert.deepStrictEqual([0, 0].map(none), [1, 1])
  })
})

describe("any stream", () => {
  it.prop(
    "moves as many bytes as it misses, and hits with what it does not miss",
    { seed: Seed, batch: Schema.Literals([1, 3]), holes: Schema.Literals([0, 5]) },
    ({ seed, batch, holes }) => {
      const stream = makeStream(randomHeldOut(5, seed, holes), batch)
      const cost = costOf()
      assert.strictEqual(cost.expertBytes, expertBytes)
      for (const policy of policies) {
        for (const scope of ["layer", "all"] as const) {
          const totals = runCache(stream, cost, { policy, scope, slots: scope === "layer" ? 6 : 18 })
          assert.strictEqual(total(totals.hits) + totals.misses, total(totals.needs))
          assert.strictEqual(total(totals.needs), stream.keys.length)
          assert.strictEqual(total(totals.layerHits), total(totals.hits))
          assert.strictEqual(total(totals.copies), totals.misses)
          assert.strictEqual(totals.linkBusyPs, totals.misses * copyPs)
          assert.strictEqual(totals.stallPs, totals.linkBusyPs, "without prefetch nothing overlaps")
        }
      }
    },
    { arbitrary: { runs: 30 } }
  )

  it.prop(
    "a layer's cache does what the policy does alone, step by step",
    { seed: Seed, slots: Schema.Literals([2, 3, 5]) },
    ({ seed, slots }) => {
      const stream = makeStream(randomHeldOut(5, seed), 1)
      for (const policy of [lru, lfu, lfuDecayed, belady]) {
        const totals = runCache(stream, costOf(), { policy, slots })
        for (let l = 0; l < stream.layers; l++) {
          const steps = Array.from({ length: stream.layerSteps / stream.layers }, (_, t) => {
            const s = t * stream.layers + l
            return Array.from(stream.keys.subarray(stream.start[s], stream.start[s + 1]), (key) => key % model.experts)
          })
          assert.strictEqual(totals.layerHits[l], driveCache(policy, model.experts, slots, steps).hits, policy.id)
        }
      }
    },
    { arbitrary: { runs: 30 } }
  )

  it.prop(
    "Belady hits at least as often as every policy, of each layer or of all",
    { seed: Seed, batch: Schema.Literals([1, 2]), scope: Schema.Literals(["layer", "all"]) },
    ({ seed, batch, scope }) => {
      const stream = makeStream(randomHeldOut(6, seed), batch)
      const slots = scope === "layer" ? 4 : 11
      const bound = total(runCache(stream, costOf(), { policy: belady, scope, slots }).hits)
      for (const policy of policies)
        assert.isAtMost(total(runCache(stream, costOf(), { policy, scope, slots }).hits), bound, policy.id)
    },
    { arbitrary: { runs: 30 } }
  )

  it.prop(
    "LRU hits at least as often with more slots, and all slots miss first uses only",
    { seed: Seed, batch: Schema.Literals([1, 2]) },
    ({ seed, batch }) => {
      const stream = makeStream(randomHeldOut(6, seed), batch)
      const hits = [4, 5, 6, 7, 8].map((slots) => total(runCache(stream, costOf(), { slots }).hits))
      assert.deepStrictEqual(
        hits,
        hits.toSorted((a, b) => a - b)
      )
      assert.strictEqual(hits.at(-1), stream.keys.length - new Set(stream.keys).size)
    },
    { arbitrary: { runs: 30 } }
  )

  it.prop(
    "prefetch keeps its books: whatever is foretold, copies are misses and prefetches, time is work and stalls",
    {
      seed: Seed,
      scope: Schema.Literals(["layer", "all"]),
      prefetchFor: Schema.Literals(["layer", "token"]),
      computePs: Schema.Literals([100, 700_000, 3e6])
    },
    ({ seed, scope, prefetchFor, computePs }) => {
      const stream = makeStream(randomHeldOut(6, seed), 1)
      const lies = foretold(stream, 3, (s) => [(s * 5 + seed) % 8, (s * 3) % 8, (s * 7 + 1) % 8])
      for (const rows of [foretold(stream, 2), lies]) {
        for (const policy of policies) {
          const slots = scope === "layer" ? 4 : 11
          const changes = { policy, scope, slots, prefetch: rows.width, prefetchFor, computePs, rows }
          const totals = runCache(stream, costOf(), changes)
          assert.strictEqual(total(totals.copies), totals.misses + totals.ahead)
          assert.strictEqual(total(totals.hits) + totals.late + totals.misses, stream.keys.length)
          assert.isAtMost(totals.aheadUsed, totals.ahead)
          assert.strictEqual(total(totals.timePs), totals.stallPs + stream.layerSteps * computePs)
          assert.isTrue(Number.isSafeInteger(total(totals.timePs)))
        }
      }
    },
    { arbitrary: { runs: 30 } }
  )

  it("a stream in pieces is the stream whole", () => {
    const stream = makeStream(randomHeldOut(6, 11), 2)
    const rows = foretold(stream, 2)
    for (const prefetchFor of ["layer", "token"] as const) {
      const changes = { policy: lfu, slots: 6, prefetch: 2, prefetchFor, rows }
      assert.deepStrictEqual(runCache(stream, costOf(), { ...changes, pieces: 5 }), runCache(stream, costOf(), changes))
    }
  })
})
