import { assert, it } from "@effect/vitest"
import { shownLayers } from "../src/shown-layers.ts"

const layers = Array.from({ length: 24 }, (_, i) => 2 * i + 1)
const candidates = (degenerate: ReadonlyArray<number>, count = 24) =>
  Array.from({ length: count }, (_, layerIndex) => ({ layerIndex, degenerate: degenerate.includes(layerIndex) }))

it("the middle of each third is shown", () => {
  assert.deepStrictEqual([...shownLayers(candidates([]), layers, undefined)], [4, 12, 20])
  assert.deepStrictEqual([...shownLayers(candidates([], 1), [7], undefined)], [0])
})

it("a degenerate layer gives way to the nearest that is not, the lower one first", () => {
  assert.deepStrictEqual([...shownLayers(candidates([4, 20, 19]), layers, undefined)], [3, 12, 21])
})

it("degenerate layers are shown for want of others", () => {
  assert.deepStrictEqual([...shownLayers(candidates([0, 1], 2), [1, 3], undefined)], [0, 1])
})

it("layers that are asked for by number win", () => {
  assert.deepStrictEqual([...shownLayers(candidates([4]), layers, [9, 47, 2])], [4, 23])
})
