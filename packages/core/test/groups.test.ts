/** Members that belong together are on one side of a split and in one unit of a bootstrap. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import {
  bootstrapRatio,
  type Groups,
  groupsOf,
  groupsOfBatches,
  heldOutMask,
  heldOutMembers
} from "@moira/core/statistics"
import { Schema } from "effect"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

const drawn = (seed: number, members: number, groups: number): Groups => {
  const { below } = random(seed)
  return groupsOf(Array.from({ length: members }, () => `key ${below(groups)}`))
}

it("groups are numbered by their first member", () => {
  assert.deepStrictEqual(groupsOf(["b", "a", "b", "c"]), { of: Uint32Array.of(0, 1, 0, 2), count: 3 })
})

it.prop("no group is on both sides, and there are two sides where there are two groups", { seed: Seed }, ({ seed }) => {
  const groups = drawn(seed, 1 + (seed % 40), 1 + (seed % 9))
  const mask = heldOutMembers(groups, { seed, heldOutShare: 0.5 })
  const sides = Array.from({ length: groups.count }, (_, g) => new Set(mask.filter((__, r) => groups.of[r] === g)))
  for (const side of sides) assert.strictEqual(side.size, 1)
  assert.strictEqual(new Set(mask).size, Math.min(2, groups.count))
})

it.prop("members that are alone are held out and drawn as ever", { seed: Seed }, ({ seed }) => {
  const size = 2 + (seed % 30)
  const { uniform } = random(seed)
  const alone = groupsOf([...Array(size).keys()])
  const split = { seed, heldOutShare: 0.3 }
  assert.deepStrictEqual(heldOutMembers(alone, split), heldOutMask(size, split))
  const whole = Float64Array.from({ length: size }, () => 1 + uniform())
  const part = whole.map((value) => value * uniform())
  assert.deepStrictEqual(bootstrapRatio(part, whole, { seed, groups: alone }), bootstrapRatio(part, whole, { seed }))
})

it("copies of one member tell no more than the one: the interval is that of groups", () => {
  const part = [1, 4, 2, 6, 3, 5, 2, 7]
  const whole = part.map(() => 10)
  const again = <A>(values: ReadonlyArray<A>) => values.flatMap((value) => [value, value, value])
  const groups = groupsOf(again([...part.keys()]))
  const once = bootstrapRatio(part, whole, { seed: 1 })!
  const [low, high] = bootstrapRatio(again(part), again(whole), { seed: 1, groups })!
  assert.closeTo(low, once[0], 1e-12)
  assert.closeTo(high, once[1], 1e-12)
  const naive = bootstrapRatio(again(part), again(whole), { seed: 1 })!
  assert.isBelow(naive[1] - naive[0], 0.8 * (high - low))
  assert.isUndefined(bootstrapRatio(part, whole, { seed: 1, groups: groupsOf(part.map(() => "all")) }))
})

it("batches that share a group belong together", () => {
  // Batches of two: 0-1, 2-3, 4-5, 6-7; the group "b" joins the first two, "e" the last two.
  const groups = groupsOf(["a", "b", "b", "c", "d", "e", "e", "f"])
  assert.deepStrictEqual(groupsOfBatches(groups, 2, 4), { of: Uint32Array.of(0, 0, 1, 1), count: 2 })
  assert.deepStrictEqual(groupsOfBatches(groups, 1, 8), groups)
  assert.strictEqual(groupsOfBatches(groupsOf([1, 2, 3, 4]), 2, 2).count, 2)
})
