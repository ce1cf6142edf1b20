import { assert, it } from "@effect/vitest"
import { CountsWorkloadResult } from "@moira/results"
import { type ExpertCounts } from "@moira/trace"
import { random } from "@moira/core"
import { checked } from "@moira/trace/testing"
import { countsPopularity } from "../src/index.ts"
import { gini } from "../src/concentration.ts"

const countsOf = (cells: ReadonlyArray<number>, about: Partial<ExpertCounts> = {}): ExpertCounts => ({
  workload: "w",
  phase: "decode",
  layers: [3, 4],
  experts: 5,
  steps: 1,
  counts: Float64Array.from(cells),
  source: "made up",
  sha256: "",
  notes: [],
  ...about
})

const measure = (of: ExpertCounts) => checked(CountsWorkloadResult, countsPopularity(of))

it("sums of one step give everything but held-out figures", () => {
  const result = measure(countsOf([4, 4, 1, 0, 0, 0, 0, 0, 0, 0]))
  assert.deepStrictEqual(result.emptyLayers, [4])
  assert.strictEqual(result.selections, 9)
  const layer = result.layers[0]!
  assert.strictEqual(layer.layer, 3)
  assert.closeTo(layer.skewMaxOverMean, 20 / 9, 1e-12)
  assert.strictEqual(layer.gini, gini([4, 4, 1, 0, 0]))
  assert.deepStrictEqual(layer.coverage, { inSample: 4 / 9, heldOut: null, interval: null, popularity: 1 / 5 })
  assert.deepStrictEqual(
    layer.topN.map((of) => [of.experts, of.inSample, of.heldOut]),
    [
      [1, 4 / 9, null],
      [2, 8 / 9, null],
      [4, 1, null]
    ]
  )
  assert.strictEqual(result.mean!.gini, layer.gini)
})

it("steps choose and judge, as requests do in a trace", () => {
  // At every step expert 0 takes half and expert (step mod 5) the rest: the hot one is hot for the steps not seen too.
  const steps = 20
  const cells = Array.from({ length: steps }, (_, step) => {
    const row = [10, 0, 0, 0, 0]
    row[step % 5]! += 10
    return [...row, 2, 2, 2, 2, 2]
  }).flat()
  const result = measure(countsOf(cells, { steps }))
  const [hot, even] = result.layers
  assert.isTrue(hot!.coverage.heldOut! > 0.5 && hot!.coverage.heldOut! < 0.75)
  const [low, high] = hot!.coverage.interval!
  assert.isTrue(low <= hot!.coverage.heldOut! && hot!.coverage.heldOut! <= high)
  assert.closeTo(even!.coverage.heldOut!, 0.2, 1e-12)
  assert.closeTo(result.mean!.coverage.heldOut!, (hot!.coverage.heldOut! + 0.2) / 2, 1e-12)
})

it("a degenerate layer stays out of means, and zeros are no layer", () => {
  const result = measure(countsOf([99, 1, 0, 0, 0, 3, 2, 1, 1, 1]))
  assert.deepStrictEqual(result.degenerateLayers, [3])
  assert.strictEqual(result.mean!.skewMaxOverMean, 15 / 8)
  const none = measure(countsOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
  assert.deepStrictEqual([none.layers, none.mean, none.emptyLayers], [[], null, [3, 4]])
})

it("counts beyond 32 bits stay exact", () => {
  const result = measure(countsOf([2 ** 40 + 1, 2 ** 40, 0, 0, 0, 1, 1, 1, 1, 1]))
  assert.strictEqual(result.layers[0]!.counts[0], 2 ** 40 + 1)
  assert.strictEqual(result.selections, 2 ** 41 + 6)
})

it("renaming experts renames the result", () => {
  const draw = random(4)
  const cells = Array.from({ length: 10 }, (_, i) => 100 * draw.below(1000) + i)
  const turned = cells.map((_, i) => cells[5 * Math.floor(i / 5) + ((i + 2) % 5)]!)
  const [a, b] = [measure(countsOf(cells)), measure(countsOf(turned))]
  for (const [l, layer] of a.layers.entries()) {
    assert.closeTo(b.layers[l]!.gini, layer.gini, 1e-12)
    assert.deepStrictEqual(
      b.layers[l]!.top.map(({ expert }) => (expert + 2) % 5),
      layer.top.map(({ expert }) => expert)
    )
  }
})
