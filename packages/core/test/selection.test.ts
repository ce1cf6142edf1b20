/** Selection and ranks without sorting say what sorting says. */
import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { random } from "../src/random.ts"
import { averageRanks, selector, topIndices, weightedRanks } from "../src/statistics.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** Few and many values, small and large, with and without ties. */
const drawn = (seed: number): Float64Array => {
  const { below, uniform } = random(seed)
  const most = 2 ** below(53)
  const size = 1 + below(below(2) === 0 ? 40 : 3000)
  return Float64Array.from({ length: size }, () => (below(3) === 0 ? 0 : Math.floor(most * uniform() ** 3)))
}

it.prop("the n-th greatest, and how many equal to it are among the n greatest", [Seed], ([seed]) => {
  const all = drawn(seed)
  const { below } = random(seed + 1)
  const from = below(all.length)
  const values = all.subarray(from)
  const n = 1 + below(values.length)
  const sorted = values.toSorted().toReversed()
  const { level, ties } = selector(all.length)(all, from, values.length, n)
  assert.strictEqual(level, sorted[n - 1]!)
  assert.strictEqual(ties, n - sorted.filter((value) => value > level).length)
})

it.prop("topIndices of whole numbers, and of others", [Seed, Schema.Boolean], ([seed, whole]) => {
  const values = whole ? drawn(seed) : drawn(seed).map((value) => value / 7 - 1)
  const order = Array.from(values.keys()).toSorted((a, b) => values[b]! - values[a]! || a - b)
  assert.deepStrictEqual([...topIndices(values)], order)
})

it.prop("average ranks are those of counting what is less and equal", [Seed, Schema.Boolean], ([seed, whole]) => {
  const values = (whole ? drawn(seed) : drawn(seed).map((value) => value / 7)).slice(0, 600)
  const { below } = random(seed)
  const weights = Uint32Array.from(values, () => 1 + below(5))
  const plain = (of: ArrayLike<number>) =>
    values.map((value) => {
      let [less, equal] = [0, 0]
      for (let k = 0; k < values.length; k++) {
        if (values[k]! < value) less += of[k]!
        if (values[k] === value) equal += of[k]!
      }
      return less + (equal + 1) / 2
    })
  assert.deepStrictEqual(averageRanks(values), plain(new Uint8Array(values.length).fill(1)))
  assert.deepStrictEqual(weightedRanks(values, weights), plain(weights))
})
