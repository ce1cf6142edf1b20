import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { pairs } from "../src/index.ts"
import { analyse, modelOf, requestOf, type Token } from "@moira/trace/testing"

const tokens = (times: number, ids: ReadonlyArray<number>): ReadonlyArray<Token> =>
  Array.from({ length: times }, () => [ids])

it.effect("pairs of a trace small enough to count by hand", () =>
  Effect.gen(function* () {
    // Ten pairs of five experts, so the top 10 % is one pair.
    const requests = [
      requestOf(tokens(3, [0, 1]), tokens(3, [1, 0])),
      requestOf(tokens(2, [0, 2]), [...tokens(3, [2, 0]), ...tokens(1, [3, 4])])
    ]
    const result = yield* analyse(pairs, modelOf({ layers: 1, experts: 5, topK: 2 }), requests)
    const layer = result.pairs!.layers[0]!
    assert.strictEqual(layer.top10Share, 6 / 12)
    assert.strictEqual(layer.cdf.length, 101)
    assert.deepStrictEqual(
      [0, 10, 20, 30, 100].map((percent) => layer.cdf[percent]),
      [0, 6 / 12, 11 / 12, 1, 1]
    )
    // Selections 11, 6, 5, 1, 1 of 24; a pair {i, j} is expected 12 x 2 p_i p_j / (1 - sum of p squared) times.
    const different = 1 - (11 ** 2 + 6 ** 2 + 5 ** 2 + 1 + 1) / 24 ** 2
    const ratio = (seen: number, a: number, b: number) => seen / ((12 * 2 * (a / 24) * (b / 24)) / different)
    // {3, 4} is 24 times its expectation, but was seen once only, which is too rare to speak of.
    assert.isAbove(ratio(1, 1, 1), ratio(6, 11, 6))
    assert.closeTo(layer.maxOverRandom, Math.max(ratio(6, 11, 6), ratio(5, 11, 5)), 1e-12)
    const { size, counts } = result.pairs!.heatmaps[0]!.matrix
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4].map((i) => counts.slice(i * size, (i + 1) * size)),
      [
        [0, 6, 5, 0, 0],
        [6, 0, 0, 0, 0],
        [5, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0]
      ]
    )
    // Even choice gives each of the ten pairs 12 / 10 sightings.
    assert.closeTo(layer.maxOverUniform, 6 / 1.2, 1e-12)
    assert.deepStrictEqual(
      result.notMeasured.map(({ what }) => what),
      [
        "expert pairs (Ob5): blocks at layers 1",
        "expert pairs (Ob5): blocks common to layers",
        "coverage of hot experts and pairs across tasks"
      ]
    )
  })
)

it.effect("independent choices are as frequent as expected, bound ones far more so", () =>
  Effect.gen(function* () {
    const experts = 16
    const { below } = random(2)
    const shape = { layers: 1, experts, topK: 2 }
    const free = Array.from({ length: 20_000 }, (): Token => {
      const first = below(experts)
      return [[first, (first + 1 + below(experts - 1)) % experts]]
    })
    const bound = Array.from({ length: 20_000 }, (): Token => {
      const first = below(experts)
      return [[first, first ^ 1]]
    })
    const ofFree = yield* analyse(pairs, modelOf(shape), [requestOf(free, [])])
    assert.closeTo(ofFree.pairs!.mean.maxOverRandom, 1, 0.25)
    // Half of the experts' partners are certain, where 1 of 15 would be expected.
    const ofBound = yield* analyse(pairs, modelOf(shape), [requestOf(bound, [])])
    assert.closeTo(ofBound.pairs!.mean.maxOverRandom, 15, 1)
    assert.strictEqual(ofBound.pairs!.layers[0]!.cdf[7], 1)
  })
)

it.effect("pairs seen rarely give a ratio and a warning", () =>
  Effect.gen(function* () {
    const result = yield* analyse(pairs, modelOf({ layers: 1, experts: 4, topK: 2 }), [
      requestOf(tokens(1, [0, 1]), tokens(1, [2, 3]))
    ])
    assert.isAbove(result.pairs!.layers[0]!.maxOverRandom, 1)
    assert.match(result.notMeasured[0]!.why, /no pair was seen 5 times/)
  })
)

it.effect("frequent pairs of some tasks are judged on others, each way", () =>
  Effect.gen(function* () {
    // Task a always chooses 0 with 1, task b 2 with 3 and sometimes 0 with 1; one of six pairs is the top tenth.
    const row = (a: number, b: number): Token => [[a, b]]
    const of = (subject: string, decoded: ReadonlyArray<Token>) => requestOf([], decoded, { subject })
    const requests = [
      of(
        "a",
        Array.from({ length: 4 }, () => row(0, 1))
      ),
      of("b", [row(2, 3), row(2, 3), row(2, 3), row(0, 1)]),
      of(
        "a",
        Array.from({ length: 4 }, () => row(0, 1))
      ),
      of("b", [row(2, 3), row(2, 3), row(2, 3), row(0, 1)])
    ]
    const { pairs: found } = yield* analyse(pairs, modelOf({ layers: 1, experts: 4, topK: 2 }), requests)
    const { tasks, directions, heldOut } = found!.layers[0]!.top10.acrossTasks!
    assert.strictEqual(tasks, 2)
    assert.deepStrictEqual(
      [...directions].toSorted((a, b) => a - b),
      [0, 1 / 4]
    )
    assert.strictEqual(heldOut, 2 / 16)
    assert.deepStrictEqual(found!.mean.top10.acrossTasks!.directions, directions)
  })
)
