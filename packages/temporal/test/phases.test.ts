import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { overlap } from "../src/overlap.ts"
import { prefillDecode } from "../src/temporal.ts"
import { analyse, modelOf, requestOf, type Token } from "@moira/trace/testing"

it("overlap counts the shared experts among the most selected that were selected at all", () => {
  const prefill = Uint32Array.of(9, 8, 7, 0, 0, 0)
  const decode = Uint32Array.of(1, 0, 5, 6, 7, 0)
  assert.strictEqual(overlap(prefill, decode, 2), 0)
  assert.strictEqual(overlap(prefill, decode, 3), 1 / 3)
  assert.strictEqual(overlap(prefill, decode, 20), 2 / 3)
  assert.strictEqual(overlap(decode, decode, 5), 1)
})

const { below } = random(11)
const tokens: ReadonlyArray<Token> = Array.from({ length: 40 }, () =>
  Array.from({ length: 2 }, () => [below(6), 6 + below(6)])
)
const model = modelOf({ layers: 2, experts: 12, topK: 2 })

it.effect("a decode that repeats its prefill correlates fully", () =>
  Effect.gen(function* () {
    const { prefillDecode: phases } = yield* analyse(prefillDecode, model, [requestOf(tokens, tokens)])
    for (const layer of phases!.layers) {
      assert.strictEqual(layer.rhoFrequency, 1)
      assert.strictEqual(layer.rhoCrossToken, 1)
      assert.strictEqual(layer.overlapTop5, 1)
    }
    assert.strictEqual(phases!.layers[0]!.rhoCrossLayer, 1)
    assert.isNull(phases!.layers[1]!.rhoCrossLayer)
    const full = {
      rhoFrequency: 1,
      rhoCrossLayer: 1,
      rhoCrossToken: 1,
      overlapTop5: 1,
      overlapTop10: 1,
      overlapTop20: 1
    }
    assert.deepStrictEqual(phases!.mean, { ...full, ceiling: full })
  })
)

it.effect("a decode that selects the other half of the experts correlates negatively", () =>
  Effect.gen(function* () {
    const one = (ids: ReadonlyArray<number>): Token => [[...ids], [...ids]]
    const prefill = [one([0, 1]), one([0, 2]), one([0, 1])]
    const decode = [one([3, 4]), one([3, 5])]
    const { prefillDecode: phases } = yield* analyse(prefillDecode, modelOf({ layers: 2, experts: 6, topK: 2 }), [
      requestOf(prefill, decode)
    ])
    const layer = phases!.layers[0]!
    assert.isBelow(layer.rhoFrequency!, 0)
    assert.strictEqual(layer.overlapTop5, 0)
    // No expert begins a step in both phases, so there is nothing to correlate.
    assert.isNull(layer.rhoCrossLayer)
    assert.isNull(phases!.mean.rhoCrossLayer)
  })
)
