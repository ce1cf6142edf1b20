/** A decision carried over to counts that it was not made for. */
import { random } from "@moira/core"
import { type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { assert, it } from "@effect/vitest"
import { makeSplitAs } from "../src/balance/shares.ts"

const [units, experts, blockTokens] = [5, 8, 50]
const layout = (of: (e: number) => ReadonlyArray<number>): Holders =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) => [...new Set(of(e))].toSorted((a, b) => a - b)),
    0
  )
const home = (e: number) => e % units
const homes = layout((e) => [home(e)])
const split = (expertTokens: Uint32Array, of: Uint32Array, holders: Holders) => {
  const allocation = new Uint32Array(experts * units)
  const pieces = makeSplitAs(units, experts, blockTokens)(expertTokens, of, holders, homes, allocation)
  return { allocation, pieces }
}
const one = (e: number, tokens: number) => Uint32Array.from({ length: experts }, (_, i) => (i === e ? tokens : 0))
const row = (allocation: Uint32Array, e: number) => [...allocation.subarray(e * units, (e + 1) * units)]

it("splits in the shares of the last decision, what does not divide goes to the largest", () => {
  const holders = layout((e) => (e === 2 ? [0, 2, 4] : [home(e)]))
  const of = new Uint32Array(experts * units)
  of.set([100, 0, 200, 0, 100], 2 * units)
  const { allocation, pieces } = split(one(2, 1001), of, holders)
  assert.deepStrictEqual(row(allocation, 2), [250, 0, 501, 0, 250])
  assert.strictEqual(pieces, 3)
})

it("pieces of less than half a block stay with the largest, and who is no holder any more gets nothing", () => {
  const of = new Uint32Array(experts * units)
  of.set([10, 0, 300, 90, 100], 2 * units)
  const { allocation, pieces } = split(
    one(2, 400),
    of,
    layout((e) => (e === 2 ? [0, 2, 4] : [home(e)]))
  )
  // 400 x 10 / 410 is 9 tokens: too few to read the expert for; unit 3 lost its copy.
  assert.deepStrictEqual(row(allocation, 2), [0, 0, 303, 0, 97])
  assert.strictEqual(pieces, 2)
})

it("an expert that nobody decided on goes home, where it lies for good and not where a copy comes first", () => {
  const { allocation } = split(
    one(3, 70),
    new Uint32Array(experts * units),
    layout((e) => [0, home(e)])
  )
  assert.deepStrictEqual(row(allocation, 3), [0, 0, 0, 70, 0])
})

it("whole tokens to holders alone, every one of them, on 300 seeded steps", () => {
  for (let seed = 0; seed < 300; seed++) {
    const { below } = random(seed)
    const holders = layout((e) => [home(e), ...Array.from({ length: below(4) }, () => below(units))])
    const expertTokens = Uint32Array.from({ length: experts }, () => (below(4) === 0 ? 0 : below(3000)))
    const of = Uint32Array.from({ length: experts * units }, () => (below(2) === 0 ? 0 : below(900)))
    const { allocation, pieces } = split(expertTokens, of, holders)
    for (let e = 0; e < experts; e++) {
      const held = new Set(holders.unit.subarray(holders.start[e], holders.start[e + 1]))
      const got = row(allocation, e)
      assert.strictEqual(
        got.reduce((a, b) => a + b, 0),
        expertTokens[e],
        `seed ${seed}`
      )
      got.forEach((tokens, u) => assert.isTrue(tokens === 0 || held.has(u), `seed ${seed}`))
    }
    assert.strictEqual(pieces, allocation.filter((tokens) => tokens > 0).length, `seed ${seed}`)
  }
})
