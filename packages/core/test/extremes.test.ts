/** Extremes of more values than a call can take as arguments. */
import { assert, it } from "@effect/vitest"
import { greatestOf, leastOf } from "../src/statistics.ts"

it("are those of Math.max and Math.min, of any number of values", () => {
  const values = Float64Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003)
  const sorted = values.toSorted()
  assert.deepStrictEqual([leastOf(values), greatestOf(values)], [sorted[0]!, sorted.at(-1)!])
  for (const few of [[], [3], [2, -1, 5], [1, Number.NaN, 2], new Set([4, 9])]) {
    assert.deepStrictEqual(greatestOf(few), Math.max(...few))
    assert.deepStrictEqual(leastOf(few), Math.min(...few))
  }
})
