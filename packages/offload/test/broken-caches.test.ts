/** Cache policies that are wrong end a simulation with a fault that names them, the layer and the step. */
import { assert, describe, it } from "@effect/vitest"
import type { CachePolicy, CachePool, CacheSetup } from "@moira/caches"
import lru from "@moira/caches/policies/lru"
import recency from "@moira/forecast/predictors/recency"
import { load } from "@moira/hardware"
import { tinyTrace } from "@moira/trace/testing"
import { Effect } from "effect"
import { simulateOffload } from "../src/simulate/offload.ts"
import { shelf } from "./shelf.ts"

const policy = (prepare: (setup: CacheSetup) => unknown): CachePolicy => ({
  ...lru,
  id: "odd",
  prepare: prepare as CachePolicy["prepare"]
})

/** LRU with parts of its pool replaced; `inner` is the pool that works. */
const pool = (change: (inner: CachePool, setup: CacheSetup) => Record<string, unknown>): CachePolicy =>
  policy((setup) => {
    const inner = lru.prepare(setup)
    return { ...inner, ...change(inner, setup) }
  })

const evicts = (give: (inner: CachePool, setup: CacheSetup) => unknown): CachePolicy =>
  pool((inner, setup) => ({ evict: () => give(inner, setup) }))

const fail = (text: string) => (): never => {
  throw new Error(text)
}

const faultOf = (odd: CachePolicy, prefetch = 0) =>
  Effect.gen(function* () {
    const options = {
      machines: [yield* load(shelf, { unitExperts: 1000, nearExperts: 1000, latencyPs: 0 }, "shelf")],
      policies: [odd],
      scope: "layer",
      prefetch: [prefetch],
      prefetchFor: "layer",
      batches: [1],
      cachePredictor: recency,
      prefetchPredictor: recency,
      betweenPs: 0,
      seed: 1
    } as const
    const error = yield* Effect.flip(simulateOffload(options))
    assert.strictEqual(error._tag, "PluginFault")
    return error
  }).pipe(Effect.provide(tinyTrace(40, 7)))

const gives = (what: string) => `gives ${what} for the key that makes room`
const cases: ReadonlyArray<readonly [name: string, odd: CachePolicy, reason: string, what: string]> = [
  ["evicts nothing", evicts(() => undefined), "WrongShape", gives("undefined")],
  ["gives a text", evicts((inner) => String(inner.evict())), "WrongShape", "for the key that makes room"],
  ["gives a fraction", evicts((inner) => inner.evict() + 0.5), "NotWhole", ".5 for the key"],
  [
    "clears the marks of what is needed",
    evicts((inner, { busy }) => {
      const key = inner.evict()
      busy.fill(0)
      return key
    }),
    "ChangedInput",
    "writes to the marks of what the step needs"
  ],
  ["gives no number", evicts(() => Number.NaN), "NotFinite", gives("NaN")],
  ["gives a negative key", evicts(() => -1), "OutOfRange", gives("-1")],
  ["gives a key of another pool", evicts((_, { keys }) => keys), "OutOfRange", `${gives("12")}, of 12`],
  [
    "evicts what is not there",
    evicts((inner) => {
      const key = inner.evict()
      inner.insert(key)
      return (key + 1) % 12
    }),
    "OutOfRange",
    "for the key that makes room, which "
  ],
  [
    "evicts what the step needs",
    evicts((_, { busy }) => busy.indexOf(1)),
    "OutOfRange",
    "for the key that makes room, which "
  ],
  ["throws in evict", evicts(fail("nobody leaves")), "Threw", "throws Error: nobody leaves"],
  ["throws in insert", pool(() => ({ insert: fail("no room") })), "Threw", "throws Error: no room"],
  ["throws in use", pool(() => ({ use: fail("no use") })), "Threw", "throws Error: no use"]
]

describe("a cache policy that", () => {
  for (const [name, odd, reason, what] of cases) {
    for (const prefetch of [0, 2]) {
      it.effect(`${name} is named, ${prefetch} ahead`, () =>
        Effect.gen(function* () {
          const error = yield* faultOf(odd, prefetch)
          assert.strictEqual(error.reason, reason)
          assert.match(error.where, /^cache policy odd, MoE layer \d, step \d+$/)
          assert.include(error.what, what)
          assert.include(error.hint, "cacheConformance of @moira/caches/testing")
        })
      )
    }
  }

  for (const [name, prepare, what] of [
    ["throws when it is prepared", fail("not today"), "throws Error: not today"],
    ["gives no pool", () => ({ use: () => undefined }), "gives an object (Object) without use, insert and evict"],
    ["gives a promise", async () => lru, "gives an object (Promise) without use, insert and evict"]
  ] as const) {
    it.effect(`${name} is named`, () =>
      Effect.gen(function* () {
        const { where, what: told } = yield* faultOf(policy(prepare))
        assert.deepStrictEqual([where, told], ["cache policy odd, prepare", what])
      })
    )
  }
})
