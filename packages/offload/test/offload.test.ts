/** Caches over a whole trace: what judges, what is learnt, what is refused, and what comes out. */
import { assert, describe, it } from "@effect/vitest"
import mixture from "@moira/forecast/predictors/mixture"
import oracle from "@moira/forecast/predictors/oracle"
import popularity from "@moira/forecast/predictors/popularity"
import recency from "@moira/forecast/predictors/recency"
import { Hardware, load } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import belady from "@moira/caches/policies/belady"
import forecastDriven from "@moira/caches/policies/predicted"
import lfu from "@moira/caches/policies/lfu"
import lru from "@moira/caches/policies/lru"
import pinned from "@moira/caches/policies/pinned"
import { loadRequests } from "../src/simulate/requests.ts"
import { makeForecasts } from "../src/simulate/forecasts.ts"
import { makeStream } from "../src/simulate/stream.ts"
import { type OffloadOptions } from "../src/simulate/offload-options.ts"
import { simulateOffload } from "../src/simulate/offload.ts"
import { openForecast, trainForecast } from "@moira/forecast"
import { memoryStore } from "@moira/trace"
import { OffloadResult } from "@moira/results"
import { Effect, Schema } from "effect"
import { tinyModel as model, tinyRequests as makeRequests, tinyTrace as traceLayer } from "@moira/trace/testing"
import { shelf } from "./shelf.ts"

const roomy = { unitExperts: 1000, nearExperts: 1000, latencyPs: 0 }

const options = Effect.fnUntraced(function* (changes: Partial<OffloadOptions> = {}, spec = roomy) {
  const base: OffloadOptions = {
    machines: [yield* load(shelf, spec, "shelf")],
    policies: [lru, lfu, pinned, forecastDriven, belady],
    scope: "layer",
    prefetch: [0],
    prefetchFor: "layer",
    batches: [1],
    cachePredictor: recency,
    prefetchPredictor: mixture,
    betweenPs: 0,
    seed: 1
  }
  return { ...base, ...changes }
})

const run = (changes: Partial<OffloadOptions> = {}, requests = 40, spec = roomy) =>
  Effect.flatMap(options(changes, spec), simulateOffload).pipe(Effect.provide(traceLayer(requests, 7)))

const of = (result: OffloadResult, strategy: string, slots: number, prefetch = 0) =>
  result.runs.find((one) => one.strategy === strategy && one.slots === slots && one.prefetch === prefetch)!

describe("simulateOffload", () => {
  it.effect("runs every policy at sizes from what a step needs to all experts, and says what judged", () =>
    Effect.gen(function* () {
      const result = yield* run()
      assert.deepStrictEqual(Schema.decodeUnknownSync(OffloadResult)(JSON.parse(JSON.stringify(result))), result)
      assert.deepStrictEqual(result.split, { train: 20, validation: 8, test: 12 })
      assert.deepStrictEqual([...new Set(result.runs.map(({ slots }) => slots))], [2, 3, 5, 6, 8, 9, 11, 12])
      assert.strictEqual(result.runs.length, 8 * 5)
      assert.deepStrictEqual([result.cachePredictor, result.prefetchPredictor], ["recency", null])
      for (const { strategy, slots, metrics, hitRateInterval } of result.runs) {
        const bound = of(result, "belady", slots).metrics["hit_rate"]!
        assert.isAtMost(metrics["hit_rate"]!, bound, strategy)
        assert.isAtMost(hitRateInterval![0], metrics["hit_rate"]!)
        assert.isAtLeast(hitRateInterval![1], metrics["hit_rate"]!)
        assert.strictEqual(metrics["moved_bytes"], metrics["expert_copies"]! * result.expertBytes)
      }
    })
  )

  it.effect("is deterministic, and a seed draws other judges", () =>
    Effect.gen(function* () {
      const first = yield* run({ prefetch: [0, 2] })
      assert.deepStrictEqual(yield* run({ prefetch: [0, 2] }), first)
      assert.notDeepEqual((yield* run({ prefetch: [0, 2], seed: 2 })).runs, first.runs)
    })
  )

  it.effect("learns nothing from those who judge: other judges' selections change no popularity and no training", () =>
    Effect.gen(function* () {
      const requests = makeRequests(30, 4)
      const learn = Effect.gen(function* () {
        const { roles, popularity: counts, heldOut } = yield* loadRequests({ seed: 1 })
        const session = openForecast(yield* trainForecast(popularity, { roles }), 1)
        const scores = new Float64Array(model.experts)
        session.predict(0, 0, 0, scores)
        return { roles, counts, scores, heldOut }
      })
      const first = yield* learn.pipe(Effect.provide(memoryStore(model, requests)))
      const changed = requests.map((request, r) =>
        first.roles[r] === 2 ? { ...request, ids: request.ids.map((id) => (id + 5) % model.experts) } : request
      )
      const second = yield* learn.pipe(Effect.provide(memoryStore(model, changed)))
      assert.deepStrictEqual(second.counts, first.counts)
      assert.deepStrictEqual(second.scores, first.scores)
      assert.notDeepEqual(second.heldOut.ids, first.heldOut.ids)
    })
  )

  it.effect("told the answer, prefetch leaves only first steps and what does not fit on the link", () =>
    Effect.gen(function* () {
      const result = yield* run({
        policies: [lru, belady],
        prefetch: [0, 2],
        prefetchPredictor: oracle,
        betweenPs: 10e6,
        caches: [{ text: "4", slots: 4 }]
      })
      const ahead = of(result, "lru", 4, 2).metrics
      assert.strictEqual(ahead["prefetch_accuracy"], 1)
      assert.strictEqual(ahead["late_rate"], 0)
      assert.isAbove(ahead["hit_rate"]!, of(result, "belady", 4).metrics["hit_rate"]!)
      assert.isAbove(ahead["throughput_tokens_per_s"]!, of(result, "lru", 4).metrics["throughput_tokens_per_s"]!)
      assert.isUndefined(of(result, "belady", 4, 2), "Belady is the bound without prefetch")
      const token = yield* run({
        policies: [lru],
        prefetch: [2],
        prefetchFor: "token",
        prefetchPredictor: oracle,
        caches: [{ text: "4", slots: 4 }]
      })
      assert.strictEqual(token.runs[0]!.metrics["prefetch_accuracy"], 1)
      assert.strictEqual(token.prefetchFor, "token")
    })
  )

  it.effect("all experts there: full speed after first uses, on the unit's own time", () =>
    Effect.gen(function* () {
      const result = yield* run({ policies: [lru], caches: [{ text: "100%", share: 1 }], betweenPs: 1e9 })
      const { metrics } = result.runs[0]!
      const firstUses = 36 * 1e6
      assert.approximately(metrics["time_ps"]! * metrics["stall_share"]!, firstUses, 1)
      assert.isAbove(metrics["resident_share"]!, 0.99)
    })
  )

  it.effect("slots that layers share are as good as those of layers for an oracle, and better", () =>
    Effect.gen(function* () {
      const layer = yield* run({ policies: [belady], caches: [{ text: "4", slots: 4 }] })
      const all = yield* run({ policies: [belady], caches: [{ text: "12", slots: 12 }], scope: "all" })
      assert.isAtLeast(all.runs[0]!.metrics["hit_rate"]!, layer.runs[0]!.metrics["hit_rate"]!)
      assert.strictEqual(all.runs[0]!.slotShare, layer.runs[0]!.slotShare)
    })
  )

  it.effect("no more is fetched ahead than a layer has experts", () =>
    Effect.gen(function* () {
      const changes = { policies: [lru], scope: "all", caches: [{ text: "30", slots: 30 }] } as const
      const [some, all] = (yield* run({ ...changes, prefetch: [12, 20] })).runs
      assert.deepStrictEqual(all!.metrics, some!.metrics)
    })
  )

  it.effect("steps and requests cut what is judged; one batch has no interval, and that is said", () =>
    Effect.gen(function* () {
      const cut = yield* run({ steps: 2, requests: 3 })
      assert.strictEqual(cut.split.test, 3)
      assert.isAtMost(cut.decodeTokens, 6)
      const one = yield* run({ requests: 1 })
      assert.isNull(one.runs[0]!.hitRateInterval)
      assert.strictEqual(one.notMeasured[0]?.what, "intervals")
      const uneven = yield* run({ batches: [5], policies: [lru] })
      assert.match(uneven.warnings.join(), /the last batch holds 2 of 5 requests/)
    })
  )

  it.effect("tokens that lack an expert are left out, and prompts are seen but not decoded", () =>
    Effect.gen(function* () {
      const result = yield* Effect.flatMap(options(), simulateOffload).pipe(Effect.provide(traceLayer(40, 7, 30)))
      for (const { metrics } of result.runs) assert.strictEqual(metrics["tokens"], result.decodeTokens)
      assert.isBelow(of(result, "lru", 12).metrics["hit_rate"]!, 1)
      for (const { layers } of result.runs) assert.strictEqual(layers.length, 3)
    })
  )
})

describe("forecasts along a stream", () => {
  it.effect("are those of a session that sees the same: of a batch, their sum", () =>
    Effect.gen(function* () {
      const { heldOut, roles } = yield* loadRequests({ seed: 1 })
      const trained = yield* trainForecast(mixture, { roles })
      const stream = makeStream(heldOut, 2)
      const feed = makeForecasts(stream, { cache: trained, ahead: trained, width: 3, prefetchFor: "layer" }, 50)
      feed.begin(0)
      const tokens = (stream.batchStart[1]! - stream.batchStart[0]!) / stream.layers
      const rows = feed.fill(0, 0, tokens)
      const sessions = [0, 1].map(() => openForecast(trained, 1))
      const at = (r: number, t: number) => (heldOut.offsets[r]! + heldOut.prefillTokens[r]! + t) * model.topK
      sessions.forEach((session, r) => {
        session.begin(0, heldOut.task[r]!)
        for (let t = -heldOut.prefillTokens[r]!; t < 0; t++) {
          for (let l = 0; l < 3; l++) session.observe(0, l, t, heldOut.ids[l]!, at(r, t), at(r, t) + model.topK)
        }
      })
      const scores = new Float64Array(model.experts)
      for (let t = 0; t < tokens; t++) {
        for (let l = 0; l < 3; l++) {
          const [same, next] = [new Float64Array(model.experts), new Float64Array(model.experts)]
          sessions.forEach((session, r) => {
            if (t >= heldOut.decodeTokens[r]!) return
            session.observe(0, l, t, heldOut.ids[l]!, at(r, t), at(r, t) + model.topK)
            session.predict(0, l, t + 1, scores)
            scores.forEach((score, e) => (same[e]! += score))
            session.predict(0, (l + 1) % 3, l === 2 ? t + 1 : t, scores)
            scores.forEach((score, e) => (next[e]! += score))
          })
          const row = t * 3 + l
          const told = rows.scores!.subarray(row * model.experts, (row + 1) * model.experts)
          assert.deepStrictEqual(told, Float32Array.from(same))
          const best = [...next.keys()].toSorted((a, b) => next[b]! - next[a]! || a - b).slice(0, 3)
          assert.deepStrictEqual([...rows.next!.subarray(row * 3, row * 3 + 3)], best)
        }
      }
    }).pipe(Effect.provide(traceLayer(20, 3)))
  )
})

describe("what is refused, in one line that names the field", () => {
  const cases: Record<string, readonly [says: RegExp, changes: Partial<OffloadOptions>, spec?: typeof roomy]> = {
    "a cache of no slots": [/^--cache 0: 0 slots/, { caches: [{ text: "0", slots: 0 }] }],
    "a share that rounds to none": [/^--cache 1%: 0 slots/, { caches: [{ text: "1%", share: 0.01 }] }],
    "more slots than experts": [/^--cache 13: more than the 12 experts/, { caches: [{ text: "13", slots: 13 }] }],
    "a cache that the unit cannot hold": [
      /^--cache 50%: 6 slots a layer take .*: shelf has room for 15 experts.*hint: at most 5 slots a layer/,
      { caches: [{ text: "50%", share: 0.5 }] },
      { ...roomy, unitExperts: 15 }
    ],
    "a step that needs more than the cache holds": [
      /^--cache 3: 3 slots a layer: a layer step of batch 12 needs up to \d+ experts/,
      { caches: [{ text: "3", slots: 3 }], batches: [12] }
    ],
    "a step that needs more than the unit can hold": [
      /^--batch 12: a layer step needs up to \d+ experts at once.*shelf has room for 9 experts/,
      { batches: [12] },
      { ...roomy, unitExperts: 9 }
    ]
  }
  for (const [name, [says, changes, spec]] of Object.entries(cases)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(run(changes, 40, spec))
        assert.match(error.message, says)
        assert.notInclude(error.message, "\n")
      })
    )
  }

  it.effect("memories that cannot hold the model, a machine without any, and a trace of one request", () =>
    Effect.gen(function* () {
      const big = { ...model, hidden: 4096, expertFfn: 4096 }
      const tooBig = Effect.flatMap(options(), simulateOffload).pipe(
        Effect.provide(memoryStore(big, makeRequests(9, 1)))
      )
      assert.match((yield* Effect.flip(tooBig)).message, /^machine shelf, far: room for 0 experts.*the model has 36/)
      const flat = yield* Hardware.pipe(Effect.provide(Hardware.layer(ring)))
      assert.match((yield* Effect.flip(run({ machines: [flat] }))).message, /expertTiers: its experts lie nowhere/)
      assert.match((yield* Effect.flip(run({}, 1))).message, /none with decode tokens is left to judge/)
    })
  )
})
