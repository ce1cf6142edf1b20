import { assert, it } from "@effect/vitest"
import { bootstrapRatio, middle95 } from "../src/statistics/bootstrap.ts"
import { defaultSplit, heldOutMask } from "../src/statistics/split.ts"
import { random, substream } from "../src/random.ts"
import { mean, meanOfKnown, sum } from "../src/statistics/mean.ts"
import { topCount, topIndices } from "../src/statistics/top.ts"
import { Schema } from "effect"

const between = (minimum: number, maximum: number) =>
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

const heldOut = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0)

it("holds out the rounded share, and at least one request on each side where there are two", () => {
  for (let requests = 0; requests <= 60; requests++) {
    for (const heldOutShare of [0, 0.1, 0.25, 0.5, 0.9, 1]) {
      const mask = heldOutMask(requests, { seed: 1, heldOutShare })
      assert.strictEqual(mask.length, requests)
      const expected = requests < 2 ? 0 : Math.max(1, Math.min(requests - 1, Math.round(heldOutShare * requests)))
      assert.strictEqual(heldOut(mask), expected)
      assert.isTrue(mask.every((value) => value === 0 || value === 1))
    }
  }
})

it("draws the same requests for the same seed, and others for another", () => {
  assert.deepStrictEqual(heldOutMask(100), heldOutMask(100, { ...defaultSplit }))
  assert.notDeepEqual(heldOutMask(100, { seed: 2, heldOutShare: 0.5 }), heldOutMask(100))
})

it("holds out each request equally often over seeds", () => {
  const times = new Uint32Array(20)
  const seeds = 4000
  for (let seed = 0; seed < seeds; seed++) {
    for (const [r, value] of heldOutMask(20, { seed, heldOutShare: 0.3 }).entries()) times[r]! += value
  }
  // Five standard errors of a share of 0.3.
  for (const n of times) assert.closeTo(n / seeds, 0.3, 5 * Math.sqrt((0.3 * 0.7) / seeds))
})

/** The percentile bootstrap as a textbook has it: resample pairs, sort, interpolate. */
const plainBootstrap = (pairs: ReadonlyArray<readonly [number, number]>, seed: number, draws: number) => {
  const { below } = random(substream(seed, "bootstrap"))
  const ratios = Array.from({ length: draws }, () => {
    const sample = pairs.map(() => pairs[below(pairs.length)]!)
    const total = (i: 0 | 1) => sample.map((pair) => pair[i]).reduce((a, b) => a + b, 0)
    return total(0) / total(1)
  }).toSorted((a, b) => a - b)
  const at = (q: number) => {
    const position = q * (draws - 1)
    const low = ratios[Math.floor(position)]!
    return low + (position % 1) * (ratios[Math.ceil(position)]! - low)
  }
  return [at(0.025), at(0.975)] as const
}

it.prop(
  "bootstrapRatio is the plain bootstrap over requests that have a whole",
  {
    pairs: Schema.Array(Schema.Tuple([between(0, 50), between(0, 50)])).pipe(Schema.check(Schema.isMaxLength(40))),
    seed: between(0, 1000),
    draws: between(1, 120)
  },
  ({ pairs, seed, draws }) => {
    const actual = bootstrapRatio(
      pairs.map(([part]) => part),
      pairs.map(([, whole]) => whole),
      { seed, draws }
    )
    const used = pairs.filter(([, whole]) => whole > 0)
    if (used.length < 2) return assert.isUndefined(actual)
    const [low, high] = plainBootstrap(used, seed, draws)
    assert.closeTo(actual![0], low, 1e-12)
    assert.closeTo(actual![1], high, 1e-12)
  }
)

it("has no interval of fewer than two requests, and one of no width where all agree", () => {
  assert.isUndefined(bootstrapRatio([], [], { seed: 1 }))
  assert.isUndefined(bootstrapRatio([1], [2], { seed: 1 }))
  assert.isUndefined(bootstrapRatio([1, 0, 0], [2, 0, 0], { seed: 1 }))
  assert.deepStrictEqual(bootstrapRatio([1, 2, 4], [4, 8, 16], { seed: 1 }), [0.25, 0.25])
})

it("the middle 95 % of draws is moved onto an estimate that they miss, and keeps its width", () => {
  const draws = Float64Array.from({ length: 101 }, (_, i) => i)
  assert.deepStrictEqual(middle95(draws.slice()), [2.5, 97.5])
  assert.deepStrictEqual(middle95(draws.slice(), 50), [2.5, 97.5])
  assert.deepStrictEqual(middle95(draws.slice(), 200), [152.5, 247.5])
})

it("has the width of the normal approximation for a coin", () => {
  const n = 900
  const part = Array.from({ length: n }, (_, i) => (i % 10 < 3 ? 1 : 0))
  const [low, high] = bootstrapRatio(
    part,
    part.map(() => 1),
    { seed: 1, draws: 4000 }
  )!
  const half = 1.96 * Math.sqrt((0.3 * 0.7) / n)
  assert.closeTo(low, 0.3 - half, half * 0.1)
  assert.closeTo(high, 0.3 + half, half * 0.1)
})

it("holds the true ratio about 95 times in 100", () => {
  let held = 0
  const trials = 300
  for (let trial = 0; trial < trials; trial++) {
    const { uniform, below } = random(substream(9, trial))
    const whole = Array.from({ length: 60 }, () => 1 + below(30))
    const part = whole.map((n) => Array.from({ length: n }, uniform).filter((u) => u < 0.4).length)
    const [low, high] = bootstrapRatio(part, whole, { seed: trial })!
    if (low <= 0.4 && 0.4 <= high) held++
  }
  // The percentile method is a little short at 60 requests; three standard errors of 0.95 are 0.038.
  assert.closeTo(held / trials, 0.94, 0.04)
})

it.prop(
  "topIndices are the largest values, larger first, ties to the lower index",
  {
    values: Schema.Array(between(0, 5)).pipe(Schema.check(Schema.isMaxLength(40))),
    n: between(0, 45),
    from: between(0, 10),
    cut: between(0, 10)
  },
  ({ values, n, from, cut }) => {
    const start = Math.min(from, values.length)
    const size = Math.max(0, values.length - start - cut)
    const actual = [...topIndices(values, n, start, size)]
    // A plain selection: take the first of the greatest that are left, n times.
    const left = values.slice(start, start + size).map((value, index) => ({ value, index }))
    const expected: Array<number> = []
    while (expected.length < n && left.length > 0) {
      const greatest = Math.max(...left.map(({ value }) => value))
      const at = left.findIndex(({ value }) => value === greatest)
      expected.push(left.splice(at, 1)[0]!.index)
    }
    assert.deepStrictEqual(actual, expected)
  }
)

it("topIndices reads all values from `from` on when no size is given", () => {
  assert.deepStrictEqual([...topIndices([9, 1, 3, 3, 2], 2)], [0, 2])
  assert.deepStrictEqual([...topIndices(Float64Array.of(9, 1, 3, 3, 2), 2, 1)], [1, 2])
})

it("topCount rounds the share and is at least one", () => {
  assert.deepStrictEqual(
    [128, 256, 384, 32, 8, 2].map((experts) => topCount(experts, 0.2)),
    [26, 51, 77, 6, 2, 1]
  )
})

it.prop(
  "sums from first to last, so that last bits do not depend on who sums",
  { values: Schema.Array(Schema.Finite) },
  ({ values }) => {
    const expected = values.reduce((a, b) => a + b, 0)
    assert.strictEqual(sum(values), expected)
    assert.strictEqual(sum(Float64Array.from(values)), expected)
    assert.deepEqual(mean(values), expected / values.length)
  }
)

it("means leave out what is not known, and there is none of nothing", () => {
  assert.strictEqual(sum([]), 0)
  assert.isNaN(mean([]))
  assert.strictEqual(meanOfKnown([1, null, 4]), 2.5)
  assert.isNull(meanOfKnown([null]))
  assert.isNull(meanOfKnown([]))
})

it("orders all indices by default, larger first, ties to the lower", () => {
  assert.deepStrictEqual([...topIndices([2, 5, 2, 7])], [3, 1, 0, 2])
})
