import { assert, it } from "@effect/vitest"
import { missingExpert, countExperts } from "@moira/trace"
import { random } from "@moira/core"
import { Schema } from "effect"
import { countPairs, symmetric } from "../src/kernels.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** Rows of distinct ids, some of them holes. */
const rows = (count: number, topK: number, experts: number, holes: number, seed: number): Uint16Array => {
  const { below, uniform } = random(seed)
  const row = () => {
    const ids = new Set<number>()
    while (ids.size < topK) ids.add(below(experts))
    return [...ids].map((id) => (uniform() < holes ? missingExpert : id))
  }
  return Uint16Array.from(Array.from({ length: count }, row).flat())
}

it.prop(
  "pair counts equal a plain loop over pairs of a row",
  [Seed, Schema.Literals([1, 2, 3, 8]), Schema.Literals([0, 0.2])],
  ([seed, topK, holes]) => {
    // With more than 256 experts a hole that is not left out lands inside the matrix.
    const experts = seed % 4 === 0 ? 300 : 8 + (seed % 13)
    const ids = rows(seed % 40, topK, experts, holes, seed)
    const expected = new Uint32Array(experts * experts)
    for (let o = 0; o < ids.length; o += topK) {
      const row = [...ids.subarray(o, o + topK)].filter((id) => id !== missingExpert)
      for (const i of row) for (const j of row) if (i !== j) expected[i * experts + j]!++
    }
    const ordered = new Uint32Array(experts * experts)
    countPairs(ids, topK, experts, ordered)
    assert.deepStrictEqual(symmetric(ordered, experts), expected)
  }
)

it.prop("counts of experts leave holes out and stay in their range", [Seed], ([seed]) => {
  const experts = 9
  const ids = rows(20, 3, experts, 0.3, seed)
  const [from, to] = [seed % 10, 30 + (seed % 20)]
  const inside = [...ids.subarray(from, to)].filter((id) => id !== missingExpert)
  const counts = new Uint32Array(2 * experts)
  countExperts(ids, from, to, experts, counts, experts)
  const expected = Array.from({ length: experts }, (_, expert) => inside.filter((id) => id === expert).length)
  assert.deepStrictEqual([...counts], [...Array.from({ length: experts }, () => 0), ...expected])
})
