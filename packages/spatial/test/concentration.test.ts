import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { isDegenerate } from "@moira/trace"
import { statisticsKernels } from "@moira/trace/kernels"
import { entropyBits, gini, skewMaxOverMean } from "../src/concentration.ts"
import { jensenShannon as plainDistance } from "@moira/core/statistics"

const Count = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1000 })))
/** Counts with a positive total. */
const Counts = Schema.Tuple([Count, Count, Count, Count])
const positive = (counts: ReadonlyArray<number>) => counts.map((count, i) => (i === 0 ? count + 1 : count))

it("even counts are even by every measure", () => {
  const even = [5, 5, 5, 5]
  assert.strictEqual(skewMaxOverMean(even), 1)
  assert.strictEqual(gini(even), 0)
  assert.strictEqual(entropyBits(even), 2)
  assert.isFalse(isDegenerate(even))
})

it("one expert that takes all is the other extreme", () => {
  const one = [0, 0, 12, 0]
  assert.strictEqual(skewMaxOverMean(one), 4)
  assert.strictEqual(gini(one), 3 / 4)
  assert.strictEqual(entropyBits(one), 0)
  assert.isTrue(isDegenerate(one))
})

it("counts between, by hand", () => {
  const counts = [1, 2, 5]
  assert.strictEqual(skewMaxOverMean(counts), 15 / 8)
  // Mean absolute difference over twice the mean: (1 + 4 + 3) x 2 / 9 / (2 x 8 / 3).
  assert.closeTo(gini(counts), 1 / 3, 1e-15)
  assert.closeTo(entropyBits([1, 1, 2]), 1.5, 1e-15)
  assert.isFalse(isDegenerate([95, 5]))
  assert.isTrue(isDegenerate([96, 4]))
})

it.prop("gini is half the relative mean difference", [Counts], ([raw]) => {
  const counts = positive(raw)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const differences = counts.flatMap((a) => counts.map((b) => Math.abs(a - b)))
  const expected = differences.reduce((sum, d) => sum + d, 0) / (2 * counts.length * total)
  assert.closeTo(gini(counts), expected, 1e-12)
})

const jensenShannon = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
  statisticsKernels().shareDistances(Uint32Array.from([...a, ...b]), a.length, Uint32Array.of(0, 1))[0]!

it("the Jensen-Shannon distance by hand", () => {
  assert.closeTo(jensenShannon([1, 2, 3], [10, 20, 30]), 0, 1e-7)
  assert.closeTo(jensenShannon([1, 1, 0, 0], [0, 0, 3, 5]), 1, 1e-12)
  // p = (1, 0), q = (1/2, 1/2): H(3/4, 1/4) - (0 + 1) / 2.
  const middle = -(3 / 4) * Math.log2(3 / 4) - (1 / 4) * Math.log2(1 / 4)
  assert.closeTo(jensenShannon([7, 0], [2, 2]), Math.sqrt(middle - 1 / 2), 1e-12)
})

it.prop("the Jensen-Shannon distance equals its definition by Kullback-Leibler", [Counts, Counts], ([rawA, rawB]) => {
  const share = (counts: ReadonlyArray<number>) => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    return counts.map((count) => count / total)
  }
  const [a, b] = [share(positive(rawA)), share(positive(rawB))]
  const middle = a.map((p, e) => (p + b[e]!) / 2)
  const divergence = (of: ReadonlyArray<number>) =>
    of.reduce((sum, p, e) => (p > 0 ? sum + p * Math.log2(p / middle[e]!) : sum), 0)
  const distance = jensenShannon(positive(rawA), positive(rawB))
  assert.closeTo(distance ** 2, (divergence(a) + divergence(b)) / 2, 1e-9)
  assert.isTrue(distance >= 0 && distance <= 1)
  assert.strictEqual(distance, jensenShannon(positive(rawB), positive(rawA)))
  assert.closeTo(distance ** 2, plainDistance(positive(rawA), positive(rawB))! ** 2, 1e-9)
})
