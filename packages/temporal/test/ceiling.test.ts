/** What agreement of two phases few tokens allow. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { mean, sum, thinned } from "@moira/core/statistics"
import { analyse, modelOf, requestOf, type Token } from "@moira/trace/testing"
import { Effect } from "effect"
import { frequencyCeiling } from "../src/ceiling.ts"
import { prefillDecode } from "../src/temporal.ts"

it("a thinned sample has the binomial's mean and variance, whatever the counts", () => {
  const draws = random(4)
  for (const [count, share] of [
    [10, 0.3],
    [200, 0.04],
    [5000, 0.002],
    [5000, 0.2],
    [40_000, 0.9]
  ] as const) {
    const runs = 4000
    const kept = thinned(new Float64Array(runs).fill(count), share, draws)
    const [expected, variance] = [count * share, count * share * (1 - share)]
    assert.closeTo(mean(kept), expected, 5 * Math.sqrt(variance / runs))
    assert.closeTo(mean(kept.map((n) => (n - expected) ** 2)) / variance, 1, 0.15)
    assert.isTrue(kept.every((n) => Number.isInteger(n) && n >= 0 && n <= count))
  }
  assert.deepStrictEqual([...thinned([3, 0, 70, 900], 1, draws)], [3, 0, 70, 900])
  assert.strictEqual(sum(thinned([3, 0, 70, 900], 0, draws)), 0)
})

it("a phase of the other's size has no lower ceiling, and the smaller one decides whichever it is", () => {
  const counts = Array.from({ length: 32 }, (_, e) => 1000 * (e + 1))
  assert.strictEqual(frequencyCeiling(counts, counts, 1).rhoFrequency, 1)
  const small = counts.map((count) => count / 500)
  const [down, up] = [frequencyCeiling(small, counts, 1), frequencyCeiling(counts, small, 1)]
  assert.isBelow(down.rhoFrequency!, 0.98)
  assert.closeTo(down.rhoFrequency!, up.rhoFrequency!, 0.05)
})

const shape = { layers: 3, experts: 48, topK: 2 }

/** Tokens of a mild law by layer; `turned` counts experts from the other end. */
const tokens = (n: number, turned: boolean, below: (n: number) => number): ReadonlyArray<Token> =>
  Array.from({ length: n }, () =>
    Array.from({ length: shape.layers }, () => {
      const chosen = new Set<number>()
      while (chosen.size < 2) chosen.add(Math.max(below(48), below(48)))
      return [...chosen].map((id) => (turned ? 47 - id : id))
    })
  )

it.effect(
  "few prompt tokens of the same law reach their ceiling and nothing near 1; another law stays far below it",
  () =>
    Effect.gen(function* () {
      const { below } = random(9)
      const run = (turned: boolean) =>
        analyse(
          (context) => prefillDecode(context),
          modelOf(shape),
          Array.from({ length: 6 }, () => requestOf(tokens(6, turned, below), tokens(300, false, below)))
        )
      const { prefillDecode: same } = yield* run(false)
      const { rhoFrequency, overlapTop10, rhoCrossLayer, ceiling } = same!.mean
      assert.isBelow(ceiling!.rhoFrequency!, 0.85)
      assert.closeTo(rhoFrequency!, ceiling!.rhoFrequency!, 0.12)
      assert.closeTo(overlapTop10!, ceiling!.overlapTop10!, 0.2)
      // Of heatmaps with 2,304 cells a few pairs tell next to nothing: that is what the ceiling says.
      assert.isBelow(ceiling!.rhoCrossLayer!, 0.5)
      assert.isAtMost(rhoCrossLayer!, ceiling!.rhoCrossLayer! + 0.1)
      assert.deepStrictEqual(
        same!.layers.map(({ ceiling: of }) => Object.keys(of!).length),
        [6, 6, 6]
      )
      const { prefillDecode: other } = yield* run(true)
      assert.isBelow(other!.mean.rhoFrequency!, other!.mean.ceiling!.rhoFrequency! - 0.5)
    })
)
