/** METRO's dispatch: an expert runs on one of its holders, where the fewest run so far. */
import { random } from "@moira/core"
import { costModel, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { assert, it } from "@effect/vitest"
import fewestActive from "../src/allocators/fewest-active.ts"

const [units, experts] = [6, 16]
const fabric = meshFabric(3, 2)
const setup = { fabric, experts, cost: costModel(fabric, 88e6, 88e6), blockTokens: 50 }

const layout = (of: (e: number) => ReadonlyArray<number>): Holders =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) => [...new Set(of(e))].toSorted((a, b) => a - b)),
    0
  )

const listOf = ({ start, unit }: Holders, e: number) => [...unit.subarray(start[e], start[e + 1])]

const allocate = (expertTokens: Uint32Array, holders: Holders) => {
  const allocation = new Uint32Array(experts * units)
  const cycles = fewestActive.prepare(setup)(expertTokens, holders, allocation)
  return { allocation, cycles: Number(cycles) }
}

const tokensOf = (at: Readonly<Record<number, number>>): Uint32Array =>
  Uint32Array.from({ length: experts }, (_, e) => at[e] ?? 0)

/** The rule told plainly: sort, then choose the least by (active, tokens, unit). */
const plain = (expertTokens: Uint32Array, holders: Holders): Uint32Array => {
  const allocation = new Uint32Array(experts * units)
  const on = Array.from({ length: units }, () => ({ active: 0, tokens: 0 }))
  const order = Array.from({ length: experts }, (_, e) => e)
    .filter((e) => expertTokens[e]! > 0)
    .toSorted((a, b) => listOf(holders, a).length - listOf(holders, b).length || a - b)
  for (const e of order) {
    const [u] = listOf(holders, e).toSorted(
      (a, b) => on[a]!.active - on[b]!.active || on[a]!.tokens - on[b]!.tokens || a - b
    )
    on[u!]!.active++
    on[u!]!.tokens += expertTokens[e]!
    allocation[e * units + u!] = expertTokens[e]!
  }
  return allocation
}

it("equals its plain telling on 300 seeded steps, each expert whole on one of its holders", () => {
  for (let seed = 0; seed < 300; seed++) {
    const { below } = random(seed)
    const holders = layout(() => Array.from({ length: 1 + below(units) }, () => below(units)))
    const expertTokens = Uint32Array.from({ length: experts }, () => (below(4) === 0 ? 0 : below(300)))
    const { allocation } = allocate(expertTokens, holders)
    assert.deepStrictEqual(allocation, plain(expertTokens, holders), `seed ${seed}`)
    for (let e = 0; e < experts; e++) {
      const row = [...allocation.subarray(e * units, (e + 1) * units)]
      const chosen = row.flatMap((tokens, u) => (tokens > 0 ? [u] : []))
      assert.strictEqual(
        row.reduce((a, b) => a + b, 0),
        expertTokens[e]
      )
      assert.isAtMost(chosen.length, 1)
      for (const u of chosen) assert.include(listOf(holders, e), u)
    }
  }
})

it("experts with fewer copies choose first, of equal ones the lower id; nobody asks for the others", () => {
  // Expert 9 must lie on unit 0, so expert 3, which comes later for having two, goes to unit 4; expert 7 then has a free choice by tokens.
  const holders = layout((e) => (e === 3 ? [0, 4] : e === 7 ? [0, 4] : [0]))
  const { allocation } = allocate(tokensOf({ 3: 10, 7: 20, 9: 30 }), holders)
  assert.deepStrictEqual([allocation[9 * units], allocation[3 * units + 4]], [30, 10])
  // One expert each by now: expert 7 goes where fewer tokens are.
  assert.strictEqual(allocation[7 * units + 4], 20)
})

it("keeps fewer experts active on the fullest unit than dispatch that evens out tokens", () => {
  const holders = layout((e) => [e % units, (e + 1) % units])
  const expertTokens = tokensOf(Object.fromEntries(Array.from({ length: 12 }, (_, e) => [e, e === 0 ? 900 : 10])))
  const { allocation } = allocate(expertTokens, holders)
  const active = Array.from(
    { length: units },
    (_, u) => allocation.filter((tokens, i) => tokens > 0 && i % units === u).length
  )
  assert.deepStrictEqual(active, [2, 2, 2, 2, 2, 2], "12 experts on 6 units, whatever their tokens")
})

it("its decision grows with experts and copies, and not with tokens", () => {
  const [few, many] = [layout((e) => [e % units]), layout(() => [0, 1, 2, 3, 4, 5])]
  const tokens = tokensOf({ 1: 5, 2: 7 })
  const cycles = allocate(tokens, few).cycles
  assert.isAbove(cycles, 0)
  assert.strictEqual(
    allocate(
      tokens.map((n) => 100 * n),
      few
    ).cycles,
    cycles
  )
  assert.strictEqual((allocate(tokens, many).cycles - cycles) % (experts * (units - 1)), 0)
  assert.isAbove(allocate(tokens, many).cycles, cycles)
})
