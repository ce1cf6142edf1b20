/** Steps drawn from counts, and from timed layouts to a verdict in words. */
import { moeLayers, random } from "@moira/core"
import { tinyModel } from "@moira/trace/testing"
import { assert, describe, it } from "@effect/vitest"
import { becauseOf, longestPart } from "../src/advise/binds.ts"
import { adviceSentence } from "../src/advise/sentence.ts"
import { concludeBatch } from "../src/advise/verdict.ts"
import { choiceChances, drawnSteps } from "../src/place/drawn-steps.ts"

describe("steps of counts", () => {
  it("take different experts a token, each as often as it was counted", () => {
    const { uniform } = random(5)
    const counts = Array.from({ length: 12 }, () => Math.floor(1000 * uniform() ** 2))
    const chances = choiceChances(counts, 2)
    assert.closeTo(
      chances.reduce((a, b) => a + b, 0),
      2,
      1e-9
    )
    const layers = moeLayers(tinyModel)
    const tokens = 500
    const { ids, steps, decodeTokens } = drawnSteps({
      model: tinyModel,
      layers,
      counts: layers.map(() => counts),
      tokens,
      steps: 40,
      seed: 3
    })
    assert.isTrue(decodeTokens.every((n) => n === steps))
    const found = new Float64Array(12)
    for (let i = 0; i < ids.length; i += 2) {
      assert.notStrictEqual(ids[i], ids[i + 1])
      found[ids[i]!]!++
      found[ids[i + 1]!]!++
    }
    const rows = ids.length / 2
    found.forEach((n, e) => assert.closeTo(n / rows, chances[e]!, 5 * Math.sqrt(chances[e]! / rows) + 1e-9))
  })

  it("an expert that every token chooses is certain, and others share the rest; no counts choose evenly", () => {
    assert.deepStrictEqual([...choiceChances([100, 1, 1, 2], 2)], [1, 0.25, 0.25, 0.5])
    assert.deepStrictEqual([...choiceChances([5, 0, 0], 2)], [1, 0.5, 0.5])
    assert.deepStrictEqual([...choiceChances([0, 0, 0, 0], 2)], [0.5, 0.5, 0.5, 0.5])
  })
})

describe("a verdict", () => {
  const option = (
    slots: number,
    speedup: number,
    half: number | null,
    layout = slots > 0 ? "replicated" : "rearranged"
  ) => ({
    layout: layout as "contiguous" | "rearranged" | "replicated",
    slots,
    speedup,
    interval: half === null ? null : ([speedup - half, speedup + half] as const),
    layerTimePs: 1e9 / speedup,
    metrics: { bound_reading_share: 0.3 * speedup, bound_imbalance_share: 1 - 0.3 * speedup },
    binds: null,
    bytesPerUnit: 0
  })
  const contiguous = option(0, 1, null, "contiguous")

  it("takes the fewest slots near the best, needs a sure gain for a yes, and says when copies cost time", () => {
    const verdictOf = (...options: ReadonlyArray<ReturnType<typeof option>>) => {
      const { verdict, advisedSlots } = concludeBatch(4096, [contiguous, ...options])
      return [verdict, advisedSlots]
    }
    assert.deepStrictEqual(verdictOf(option(0, 1.01, 0.02), option(1, 1.21, 0.04), option(2, 1.23, 0.04)), ["yes", 1])
    assert.deepStrictEqual(verdictOf(option(0, 1, 0.01), option(1, 1.06, 0.04)), ["perhaps", 1])
    assert.deepStrictEqual(verdictOf(option(0, 1, 0.01), option(1, 1.06, 0.08)), ["no", null])
    assert.deepStrictEqual(verdictOf(option(0, 1, 0.01), option(1, 0.78, 0.02)), ["costs time", null])
    assert.deepStrictEqual(verdictOf(option(0, 1, null), option(1, 1.2, null)), ["cannot tell", null])
  })

  it("is told from which batch on, with its interval, and where copies cost time", () => {
    const small = concludeBatch(256, [contiguous, option(0, 1, 0.01), option(1, 0.78, 0.02)])
    const [middle, large] = [4096, 16_384].map((batch) =>
      concludeBatch(batch, [contiguous, option(0, 1, 0.01), option(1, 1.21, 0.04)])
    )
    const sentence = adviceSentence([small, middle!, large!])
    assert.match(
      sentence,
      /^Yes from batch 4,096 on: 1 spare slot a unit, 1\.21 x \(1\.17 to 1\.25\) at 4,096 to 1\.21 x .* at 16,384\. /
    )
    assert.match(
      sentence,
      /Up to batch 256 it costs time: 1 spare slot a unit, 0\.78 x|At batch 256 it costs time: 1 spare slot a unit, 0\.78 x/
    )
  })

  it("says what binds and what changes", () => {
    const after = { ...option(1, 1.25, null), metrics: { bound_reading_share: 0.75, bound_imbalance_share: 0.25 } }
    assert.strictEqual(longestPart(contiguous), "bound_imbalance_share")
    assert.strictEqual(longestPart({ metrics: { throughput_tokens_per_s: 1 } }), null)
    assert.strictEqual(
      becauseOf(contiguous, after),
      "a layer step takes 800 us instead of 1.00 ms: waiting for the busiest unit (70 %) and reading experts (30 %) bind; " +
        "waiting for the busiest unit falls from 700 us to 200 us; reading experts grows from 300 us to 600 us"
    )
  })
})
