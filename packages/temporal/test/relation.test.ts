import { assert, it } from "@effect/vitest"
import { defaultSplit, heldOutMask, topCount } from "@moira/core/statistics"
import { taskHalves, type TraceRequest } from "@moira/trace"
import { analyse, checked, memoryReader, modelOf, randomRequests, requestOf, type Token } from "@moira/trace/testing"
import { TemporalResult } from "@moira/results"
import { random } from "@moira/core"
import { Effect, Schema } from "effect"
import { crossLayer, crossToken } from "../src/temporal.ts"
import { temporal } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

const repeat = (times: number, token: Token): ReadonlyArray<Token> => Array.from({ length: times }, () => token)

it.effect("coverage of a trace small enough to count by hand", () =>
  Effect.gen(function* () {
    // Five experts, top-1: the top 20 % is one candidate.
    const train = requestOf([...repeat(3, [[0], [1]]), [[0], [2]]], repeat(2, [[3], [4]]))
    const heldOut = requestOf(
      [[[0], [1]], ...repeat(2, [[0], [2]])],
      [
        [[3], [4]],
        [[1], [1]]
      ]
    )
    const requests = [...heldOutMask(2)].map((held) => (held === 1 ? heldOut : train))
    const { crossLayer: relation } = yield* analyse(crossLayer, modelOf({ layers: 2, experts: 5, topK: 1 }), requests)
    const layer = relation!.layers[0]!
    assert.deepStrictEqual([layer.layer, layer.nextLayer, layer.degenerate], [1, 3, false])
    // In sample: row 0 has 4 of 7 at expert 1, row 1 has 1 of 1, row 3 has 3 of 3.
    // Held out: 0 -> 1 and 3 -> 4 were learnt, 1 was never seen, so that popularity (expert 1) decides; 0 -> 2 misses.
    assert.deepStrictEqual(layer.coverage, { inSample: 8 / 11, heldOut: 3 / 5, interval: null, popularity: 2 / 5 })
    assert.strictEqual(layer.topExpert, 0)
    assert.deepStrictEqual(layer.topExpertCoverage, {
      inSample: 4 / 7,
      heldOut: 1 / 3,
      interval: null,
      popularity: 1 / 3
    })
    assert.deepStrictEqual(layer.cdf, [8 / 11, 1, 1, 1, 1])
    assert.deepStrictEqual(layer.topExpertCdf, [4 / 7, 1, 1, 1, 1])
    // One of eleven on the diagonal, 1 x 5 / 11 expected.
    assert.closeTo(layer.diagonalLift, 11 / 5, 1e-12)
    assert.deepStrictEqual(relation!.mean, layer.coverage)
    const { counts } = relation!.heatmaps[0]!.matrix
    assert.deepStrictEqual(
      counts,
      [[0, 4, 3, 0, 0], [0, 1, 0, 0, 0], Array(5).fill(0), [0, 0, 0, 0, 3], Array(5).fill(0)].flat()
    )
  })
)

it.effect("a deterministic relation is covered entirely, at the next layer and the next token", () =>
  Effect.gen(function* () {
    const experts = 20
    const { below } = random(3)
    const step = (id: number) => (id + 7) % experts
    const walk = (): TraceRequest => {
      let id = below(experts)
      const tokens = Array.from({ length: 40 }, () => {
        id = step(id)
        return [[id], [step(id)], [step(step(id))]]
      })
      return requestOf(tokens.slice(0, 15), tokens.slice(15))
    }
    const requests = Array.from({ length: 16 }, walk)
    const result = checked(
      TemporalResult,
      yield* analyse(temporal.accumulator, modelOf({ layers: 3, experts, topK: 1 }), requests)
    )
    for (const relation of [result.crossLayer!, result.crossToken!]) {
      assert.strictEqual(relation.mean!.inSample, 1)
      assert.strictEqual(relation.mean!.heldOut, 1)
      assert.deepStrictEqual(relation.mean!.interval, [1, 1])
      assert.isBelow(relation.mean!.popularity!, 0.5)
    }
    assert.strictEqual(result.crossToken!.layers[0]!.diagonalLift, 0)
    assert.deepStrictEqual(result.notMeasured, [
      {
        what: "coverage of relations across tasks",
        why: "the trace has one task (test/all, en): nothing says what holds for others"
      }
    ])
  })
)

it.effect("without a relation, conditioning gains nothing over popularity", () =>
  Effect.gen(function* () {
    const shape = { layers: 2, experts: 10, topK: 2 }
    const requests = Array.from({ length: 8 }, (_, r) => randomRequests(shape, 200, r)).flat()
    const { crossLayer: relation } = yield* analyse(crossLayer, modelOf(shape), requests)
    const { heldOut, popularity, interval } = relation!.mean!
    assert.closeTo(heldOut!, popularity!, 0.01)
    assert.isTrue(interval![0] < heldOut! && heldOut! < interval![1])
    assert.closeTo(relation!.layers[0]!.diagonalLift, 1, 0.05)
  })
)

it.effect("experts that repeat from token to token make a bright diagonal", () =>
  Effect.gen(function* () {
    const { below } = random(5)
    const requests = Array.from({ length: 6 }, () => requestOf([], repeat(9, [[below(16)]])))
    const { crossToken: relation } = yield* analyse(crossToken, modelOf({ layers: 1, experts: 16, topK: 1 }), requests)
    assert.isAbove(relation!.layers[0]!.diagonalLift, 2)
  })
)

/** Held-out hits and totals counted from lists of pairs, with sorting for each expert: slow and plain. */
const plainCoverage = (
  pairs: ReadonlyArray<ReadonlyArray<readonly [number, number]>>,
  experts: number,
  held: Uint8Array
) => {
  const train = pairs.filter((_, r) => held[r] === 0).flat()
  const judging = pairs.filter((_, r) => held[r] === 1).flat()
  const count = (list: typeof train, j: number, i?: number) =>
    list.filter((pair) => pair[1] === j && (i === undefined || pair[0] === i)).length
  const all = Array.from({ length: experts }, (_, j) => j)
  const n = topCount(experts, 0.2)
  const best = (list: typeof train, i?: number) =>
    all
      .toSorted((a, b) => count(list, b, i) - count(list, a, i) || count(list, b) - count(list, a) || a - b)
      .slice(0, n)
  const share = (list: typeof train, chosen: (i: number) => ReadonlyArray<number>) =>
    list.filter(([i, j]) => chosen(i).includes(j)).length / list.length
  const given = (list: typeof train) => {
    const rows = all.map((i) => best(list, i))
    return (i: number) => rows[i]!
  }
  const popular = best(train)
  return {
    inSample: share(pairs.flat(), given(pairs.flat())),
    heldOut: train.length === 0 || judging.length === 0 ? null : share(judging, given(train)),
    popularity: train.length === 0 || judging.length === 0 ? null : share(judging, () => popular)
  }
}

it.effect.prop(
  "coverage equals a plain count over lists of pairs",
  { seed: Seed, topK: Schema.Literals([1, 3]) },
  ({ seed, topK }) =>
    Effect.gen(function* () {
      const shape = { layers: 2, experts: 9, topK }
      const requests = randomRequests(shape, 6, seed, 0.1)
      const model = modelOf(shape)
      const reader = memoryReader(model, requests)
      const [a, b] = [yield* reader.read({ layer: 1 }), yield* reader.read({ layer: 3 })]
      const ids = (all: Uint16Array, row: number) =>
        [...all.subarray(row * topK, (row + 1) * topK)].filter((id) => id < shape.experts)
      const pairs = requests.map((_request, r) => {
        const rows = Array.from({ length: a.offsets[r + 1]! - a.offsets[r]! }, (_, t) => a.offsets[r]! + t)
        const product = (from: ReadonlyArray<number>, to: ReadonlyArray<number>) =>
          from.flatMap((i) => to.map((j) => [i, j] as const))
        return {
          layer: rows.flatMap((row) => product(ids(a.ids, row), ids(b.ids, row))),
          token: rows.slice(1).flatMap((row) => product(ids(a.ids, row - 1), ids(a.ids, row)))
        }
      })
      const few = { draws: 5, shuffles: 2 }
      const result = checked(
        TemporalResult,
        yield* analyse((context) => temporal.accumulator(context, few), model, requests)
      )
      const held = heldOutMask(requests.length, defaultSplit)
      const { halfOf } = taskHalves(reader.requests, defaultSplit.seed)!
      for (const [relation, kind] of [
        [result.crossLayer, "layer"],
        [result.crossToken, "token"]
      ] as const) {
        const all = pairs.map((of) => of[kind])
        const first = relation?.layers.find(({ layer }) => layer === 1)
        if (all.flat().length === 0) assert.isUndefined(first)
        else {
          const { interval: _, acrossTasks, ...figures } = first!.coverage
          assert.deepStrictEqual(figures, plainCoverage(all, shape.experts, held))
          // Each half of the tasks judges what the other one chose.
          const ways = [halfOf, halfOf.map((half) => 1 - half)].map((side) => plainCoverage(all, shape.experts, side))
          if (ways.some(({ heldOut }) => heldOut === null)) assert.isUndefined(acrossTasks)
          else {
            assert.strictEqual(acrossTasks!.tasks, 6)
            for (const [way, { heldOut }] of ways.entries())
              assert.closeTo(acrossTasks!.directions[way]!, heldOut!, 1e-12)
            const pairsOf = (half: number) => all.filter((__, r) => halfOf[r] === half).flat().length
            const pooled = (ways[0]!.popularity! * pairsOf(1) + ways[1]!.popularity! * pairsOf(0)) / all.flat().length
            assert.closeTo(acrossTasks!.popularity!, pooled, 1e-12)
          }
        }
      }
    }),
  { arbitrary: { runs: 60 } }
)
