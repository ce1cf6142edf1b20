import { assert, it } from "@effect/vitest"
import { heldOutMask } from "@moira/core/statistics"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { TemporalResult } from "@moira/results"
import { random } from "@moira/core"
import { analyse, checked, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { recency } from "@moira/trace/kernels"
import { reuse } from "../src/temporal.ts"
import { type TemporalOptions, temporal } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

it.prop("depth is the place in a list ordered by last use", [Seed], ([seed]) => {
  const { below } = random(seed)
  const experts = 1 + below(90)
  const order = recency(experts)
  let list: ReadonlyArray<number> = []
  for (let n = 0; n < 500; n++) {
    if (below(120) === 0) {
      order.clear()
      list = []
    }
    const expert = below(1 + below(experts))
    if (order.use(expert) !== list.indexOf(expert) + 1) assert.fail(`use ${n} of expert ${expert}`)
    list = [expert, ...list.filter((other) => other !== expert)]
  }
})

/** Uses of each step of each batch at one layer, in order, each expert once a step. */
const usesOf = (requests: ReadonlyArray<TraceRequest>, shape: typeof small, layerIndex: number, batch: number) =>
  Array.from({ length: Math.floor(requests.length / batch) }, (_, b) => {
    const side = requests.slice(b * batch, (b + 1) * batch)
    const longest = Math.max(...side.map(({ decodeTokens }) => decodeTokens))
    return Array.from({ length: longest }, (__, t) => {
      const ids = side
        .filter(({ decodeTokens }) => t < decodeTokens)
        .flatMap(({ ids: all, prefillTokens, decodeTokens }) => {
          const at = (layerIndex * (prefillTokens + decodeTokens) + prefillTokens + t) * shape.topK
          return [...all.subarray(at, at + shape.topK)]
        })
      return [...new Set(ids.filter((id) => id !== missingExpert))]
    })
  })

/** Hits of a literal least-recently-used cache that holds `size` experts. */
const lruHits = (batches: ReturnType<typeof usesOf>, size: number): number => {
  let hits = 0
  for (const steps of batches) {
    const cache: Array<number> = []
    for (const expert of steps.flat()) {
      const at = cache.indexOf(expert)
      if (at >= 0) {
        hits++
        cache.splice(at, 1)
      } else if (cache.length === size) cache.shift()
      cache.push(expert)
    }
  }
  return hits
}

const small = { layers: 2, experts: 10, topK: 2 }
const run = (requests: ReadonlyArray<TraceRequest>, options: TemporalOptions = {}, shape = small) =>
  analyse((context) => reuse(context, options), modelOf(shape), requests)

it.effect.prop(
  "hit rates equal those of a cache that is played step by step, of any size and batch",
  { seed: Seed, holes: Schema.Literals([0, 0.2]) },
  ({ seed, holes }) =>
    Effect.gen(function* () {
      const requests = randomRequests(small, 7, seed, holes)
      const { reuse: result } = yield* run(requests, { batches: [1, 3] })
      for (const { batch, layers } of result?.batches ?? []) {
        for (const { layer, uses, firstUses, depths } of layers) {
          const batches = usesOf(requests, small, (layer - 1) / 2, batch)
          assert.strictEqual(uses, batches.flat(2).length)
          assert.strictEqual(
            firstUses,
            batches.map((steps) => new Set(steps.flat()).size).reduce((a, b) => a + b, 0)
          )
          for (const size of [1, 2, 5, 10]) {
            assert.strictEqual(
              depths.slice(0, size).reduce((a, b) => a + b, 0),
              lruHits(batches, size)
            )
          }
        }
      }
    }),
  { arbitrary: { runs: 40 } }
)

it.effect("the most popular experts are chosen on one half and judged on the other", () =>
  Effect.gen(function* () {
    const requests = randomRequests(small, 12, 5)
    const { reuse: result } = yield* run(requests, { batches: [1] })
    const held = heldOutMask(12)
    const { layers, mean } = result!.batches[0]!
    const expected = layers.map(({ layer }) => {
      const batches = usesOf(requests, small, (layer - 1) / 2, 1)
      const uses = (side: 0 | 1) => batches.filter((_, r) => held[r] === side).flat(2)
      const count = (of: number) => uses(0).filter((id) => id === of).length
      const best = Array.from({ length: 10 }, (_, id) => id).toSorted((a, b) => count(b) - count(a) || a - b)
      return best.map((_, n) => uses(1).filter((id) => best.slice(0, n + 1).includes(id)).length / uses(1).length)
    })
    for (const [n, share] of mean!.popularity!.entries()) {
      assert.closeTo(share, (expected[0]![n]! + expected[1]![n]!) / 2, 1e-12)
    }
    assert.deepStrictEqual(
      mean!.caches.map(({ experts }) => experts),
      [1, 2, 5]
    )
    for (const { experts, lru, interval } of mean!.caches) {
      assert.strictEqual(lru, mean!.lru[experts - 1])
      assert.isTrue(interval![0] <= lru && lru <= interval![1])
    }
  })
)

it.effect("a request that repeats one expert misses once", () =>
  Effect.gen(function* () {
    const shape = { layers: 1, experts: 4, topK: 1 }
    const same: ReadonlyArray<Token> = Array.from({ length: 10 }, () => [[2]])
    const requests = [requestOf([], same), requestOf([], same)]
    const { reuse: result, notMeasured } = yield* run(requests, {}, shape)
    const [layer] = result!.batches[0]!.layers
    assert.deepStrictEqual(layer!.depths, [18, 0, 0, 0])
    assert.strictEqual(layer!.firstUses, 2)
    assert.isTrue(layer!.degenerate)
    assert.isNull(result!.batches[0]!.mean)
    assert.deepStrictEqual(notMeasured, [
      {
        what: "reuse distance of experts within a request: means",
        why: "at every layer one expert takes more than 95 % of the selections"
      },
      { what: "reuse distance of experts in batches of 8", why: "the trace has 2 requests" }
    ])
  })
)

it.effect("without decode nothing is used again, and one request judges no popularity", () =>
  Effect.gen(function* () {
    const tokens: ReadonlyArray<Token> = Array.from({ length: 6 }, (_, t) => [[t], [t, 9 - t].slice(0, 1)])
    const top1 = { ...small, topK: 1 }
    const prompts = yield* run([requestOf(tokens, []), requestOf(tokens, [])], {}, top1)
    assert.isNull(prompts.reuse)
    assert.deepStrictEqual(prompts.notMeasured, [
      { what: "reuse distance of experts", why: "the trace has no decode tokens" }
    ])
    const one = yield* run([requestOf([], tokens)], { batches: [1] }, top1)
    assert.isNull(one.reuse!.batches[0]!.mean!.popularity)
    assert.isNull(one.reuse!.batches[0]!.mean!.caches[0]!.interval)
    assert.deepStrictEqual(one.notMeasured, [
      {
        what: "reuse distance of experts within a request: hit rate of the most popular experts",
        why: "one request cannot both choose the experts and judge them"
      }
    ])
  })
)

it.effect("the whole analysis is of its schema, without a number that is none", () =>
  Effect.gen(function* () {
    for (const requests of [1, 2, 5, 17]) {
      for (const holes of [0, 0.5]) {
        checked(
          TemporalResult,
          yield* analyse(temporal.accumulator, modelOf(small), randomRequests(small, requests, 3, holes))
        )
      }
    }
  })
)
