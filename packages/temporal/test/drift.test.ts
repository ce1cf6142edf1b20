import { assert, it } from "@effect/vitest"
import { jensenShannon, spearman } from "@moira/core/statistics"
import { random } from "@moira/core"
import { type TraceRequest } from "@moira/trace"
import { analyse, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { positionDrift, requestDrift } from "../src/temporal.ts"
import { type TemporalOptions } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

it("the Jensen-Shannon distance is 0 of equal shares, 1 of disjoint ones, and the same both ways", () => {
  assert.strictEqual(jensenShannon([1, 2, 3], [2, 4, 6]), 0)
  assert.closeTo(jensenShannon([1, 2, 0], [0, 0, 5])!, 1, 1e-12)
  assert.strictEqual(jensenShannon([1, 2, 3], [3, 1, 1]), jensenShannon([3, 1, 1], [1, 2, 3]))
  assert.strictEqual(jensenShannon([1, 2, 3], [3, 1, 1]), jensenShannon([3, 1, 2], [1, 3, 1]))
  // Half a bit: (1, 0) against (1/2, 1/2) is H(3/4, 1/4) - 1/2.
  const entropy = -(0.75 * Math.log2(0.75) + 0.25 * Math.log2(0.25))
  assert.closeTo(jensenShannon([4, 0], [3, 3])!, Math.sqrt(entropy - 0.5), 1e-12)
  assert.isNull(jensenShannon([0, 0], [1, 2]))
})

const shape = { layers: 1, experts: 10, topK: 1 }
const one = modelOf(shape)
const position = (requests: ReadonlyArray<TraceRequest>, options: TemporalOptions = {}, model = one) =>
  analyse((context) => positionDrift(context, options), model, requests)
const overRequests = (requests: ReadonlyArray<TraceRequest>, options: TemporalOptions = {}, model = one) =>
  analyse((context) => requestDrift(context, options), model, requests)

/** Ids of one layer, drawn from `low` to `low + 5`. */
const tokens = (n: number, low: number, below: (n: number) => number): ReadonlyArray<Token> =>
  Array.from({ length: n }, () => [[low + below(5)]])

it.effect("a decode that changes its experts half-way drifts, and one that does not stays under the floor", () =>
  Effect.gen(function* () {
    const { below } = random(3)
    const changing = Array.from({ length: 30 }, () =>
      requestOf(tokens(20, 0, below), [...tokens(20, 0, below), ...tokens(20, 5, below)])
    )
    const { positionDrift: drift } = yield* position(changing, { windows: 4 })
    const [first, second, third, last] = drift!.mean!.windows
    assert.strictEqual(drift!.width, 10)
    assert.isNull(first!.distance)
    assert.isAtMost(second!.distance!, 1.5 * second!.distanceFloor!.high)
    assert.isAbove(second!.pValue!, 0.05)
    for (const window of [third!, last!]) {
      assert.closeTo(window.distance!, 1, 1e-12)
      assert.strictEqual(window.pValue, 0.05)
      assert.isBelow(window.distanceFloor!.high, 0.3)
      assert.strictEqual(window.hotFirst, 0)
      assert.strictEqual(window.hotPrefill, 0)
      assert.isBelow(window.rho!, -0.5)
      assert.isBelow(window.rhoPrefill!, -0.5)
      assert.strictEqual(window.relationFirst, 0)
      assert.isAbove(window.relationOwn!, 0.3)
    }
    assert.strictEqual(last!.hotPrevious, drift!.mean!.hotSet[2]![3]!)
    assert.isAbove(last!.hotPrevious!, 0.3)
  })
)

it.effect("requests that stop early do not look like drift", () =>
  Effect.gen(function* () {
    const { below } = random(8)
    // Short requests use the lower experts only, long ones the upper: pooled windows would differ.
    const requests = Array.from({ length: 60 }, (_, r) =>
      r % 2 === 0 ? requestOf([], tokens(10, 0, below)) : requestOf([], tokens(40, 5, below))
    )
    const { positionDrift: drift } = yield* position(requests, { windows: 4 })
    assert.deepStrictEqual(
      drift!.windows.map(({ requests: reach }) => reach),
      [60, 30, 30, 30]
    )
    for (const window of drift!.mean!.windows.slice(1)) assert.isBelow(window.distance!, 0.2)
  })
)

/** Ids of a request's decode steps, `from` to `to`, at the only layer. */
const idsOf = ({ ids, prefillTokens, decodeTokens }: TraceRequest, from: number, to: number) => [
  ...ids.subarray(prefillTokens + from, prefillTokens + Math.min(decodeTokens, to))
]

it.effect.prop("windows equal a plain count", [Seed], ([seed]) =>
  Effect.gen(function* () {
    const requests = randomRequests(shape, 12, seed)
    const longest = Math.max(...requests.map(({ decodeTokens }) => decodeTokens))
    if (longest < 2) return
    const { positionDrift: drift } = yield* position(requests, { windows: 3, shuffles: 2 })
    const width = Math.ceil(longest / 3)
    const count = (ids: ReadonlyArray<number>) =>
      Array.from({ length: 10 }, (_, e) => ids.filter((id) => id === e).length)
    const top = (counts: ReadonlyArray<number>) =>
      counts
        .map((_, e) => e)
        .toSorted((a, b) => counts[b]! - counts[a]! || a - b)
        .slice(0, 2)
    const pooled = (w: number) => requests.flatMap((request) => idsOf(request, w * width, (w + 1) * width))
    for (const [w, window] of drift!.layers[0]!.windows.entries()) {
      const reach = requests.filter(({ decodeTokens }) => decodeTokens > w * width)
      const first = count(reach.flatMap((request) => idsOf(request, 0, width)))
      const own = count(pooled(w))
      assert.strictEqual(drift!.windows[w]!.requests, reach.length)
      if (w > 0) {
        assert.strictEqual(window.distance, jensenShannon(first, own))
        assert.strictEqual(window.rho, spearman(first, own))
      }
      const hot = top(count(pooled(0)))
      assert.strictEqual(window.hotFirst, pooled(w).filter((id) => hot.includes(id)).length / pooled(w).length)
      const prompts = count(reach.flatMap(({ ids, prefillTokens }) => [...ids.subarray(0, prefillTokens)]))
      assert.strictEqual(window.rhoPrefill, prompts.every((n) => n === 0) ? null : spearman(prompts, own))
    }
  })
)

it.effect("blocks of another task are apart, and blocks of the same are not", () =>
  Effect.gen(function* () {
    const { below } = random(4)
    const requests = Array.from({ length: 80 }, (_, r) => requestOf([], tokens(30, r < 40 ? 0 : 5, below)))
    const { requestDrift: drift } = yield* overRequests(requests, { blocks: 4 })
    assert.deepStrictEqual(
      drift!.blocks.map(({ from, to }) => [from, to]),
      [
        [0, 20],
        [20, 40],
        [40, 60],
        [60, 80]
      ]
    )
    const pair = (a: number, b: number) => drift!.mean!.pairs.find((of) => of.a === a && of.b === b)!
    for (const [a, b] of [
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3]
    ] as const) {
      assert.closeTo(pair(a, b).distance, 1, 1e-12)
      assert.strictEqual(pair(a, b).pValue, 0.05)
    }
    for (const [a, b] of [
      [0, 1],
      [2, 3]
    ] as const) {
      assert.isAtMost(pair(a, b).distance, pair(a, b).floor.high)
    }
    assert.isAbove(drift!.mean!.distance, drift!.mean!.floor.high)
  })
)

it.effect("sampling alone is not called drift", () =>
  Effect.gen(function* () {
    const { below } = random(6)
    const draws = Array.from({ length: 20 }, () =>
      Array.from({ length: 24 }, () => requestOf([], tokens(2 + below(20), 0, below)))
    )
    const results = yield* Effect.forEach(draws, (requests) => overRequests(requests))
    const called = results.filter(({ requestDrift: drift }) => drift!.layers[0]!.pValue <= 0.05)
    assert.isAtMost(called.length, 4)
  })
)

it.effect("what cannot drift says why", () =>
  Effect.gen(function* () {
    const { below } = random(2)
    const prompt = requestOf(tokens(5, 0, below), [])
    const none = yield* position([prompt, prompt])
    assert.deepStrictEqual(none, {
      positionDrift: null,
      notMeasured: [{ what: "drift over decode position", why: "the trace has no decode tokens" }]
    })
    const step = yield* position([requestOf([], tokens(1, 0, below))])
    assert.strictEqual(step.notMeasured[0]!.why, "no request has more than one decode step")
    const single = yield* position([requestOf([], tokens(9, 0, below))], { windows: 1 })
    assert.strictEqual(single.notMeasured[0]!.why, "all 9 decode steps are in one window")
    const alone = yield* position([requestOf([], tokens(40, 0, below))], { windows: 2 })
    const [, second] = alone.positionDrift!.mean!.windows
    assert.isNotNull(second!.distance)
    assert.deepStrictEqual([second!.distanceFloor, second!.pValue, second!.rhoFloor], [null, null, null])
    assert.deepStrictEqual(alone.notMeasured, [
      {
        what: "drift over decode position: noise floor of steps 20 to 39",
        why: "one request reaches them, and a swap of its windows changes nothing"
      },
      { what: "drift over decode position: against prefill", why: "no request has both prefill and decode tokens" },
      {
        what: "drift over decode position: cross-token relation",
        why: "one request cannot both choose the candidates and judge them"
      }
    ])
    const few = yield* overRequests([prompt, prompt, prompt])
    assert.deepStrictEqual(few, {
      requestDrift: null,
      notMeasured: [{ what: "drift over requests", why: "two blocks of two requests are the least; the trace has 3" }]
    })
  })
)

it("options that make no sense are refused", () => {
  const context = { model: one, layers: [1], requests: [] }
  for (const options of [{ windows: 0 }, { blocks: 1 }, { shuffles: 33 }, { batches: [0] }]) {
    assert.throws(() => positionDrift(context, options), RangeError)
  }
})
