import { assert, it } from "@effect/vitest"
import { costModel, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { type AllocationPolicy } from "../src/allocator.ts"
import atHome from "../src/allocators/at-home.ts"
import even from "../src/allocators/even.ts"
import evenBlocks from "../src/allocators/even-blocks.ts"
import { random } from "@moira/core"

const fabric = meshFabric(3, 3)
const experts = 18
const cost = costModel(fabric, 88e6, 88e6)
const contiguousHolders = (): Holders =>
  holdersOf(
    makePlacement({ units: 9, experts, layers: [0] }, (_, e) => [Math.floor((e * 9) / experts)]),
    0
  )

const step = (policy: AllocationPolicy) => policy.prepare({ fabric, experts, cost, blockTokens: 50 })
const empty = () => new Uint32Array(experts * 9)

it("even cuts every expert into four pieces, the first ones with the rest, and deals them the same at every step", () => {
  const deal = step(even)
  const expertTokens = new Uint32Array(experts)
  expertTokens[0] = 122 // 31, 31, 30, 30 to units 0 to 3
  expertTokens[4] = 3 // pieces start at unit 16 mod 9 = 7: 1, 1, 1 and nothing to units 7, 8, 0, 1
  for (let call = 0; call < 2; call++) {
    const allocation = empty()
    deal(expertTokens, contiguousHolders(), allocation)
    assert.deepStrictEqual([...allocation.subarray(0, 9)], [31, 31, 30, 30, 0, 0, 0, 0, 0])
    assert.deepStrictEqual([...allocation.subarray(36, 45)], [1, 0, 0, 0, 0, 0, 0, 1, 1])
  }
})

/** The deal told plainly: a list of pieces, each a list of tokens, handed round. */
const plainDeal = (expertTokens: Uint32Array, units: number): Uint32Array => {
  const allocation = new Uint32Array(expertTokens.length * units)
  const pieces = [...expertTokens].flatMap((tokens, expert) => {
    const lots: ReadonlyArray<Array<number>> = [[], [], [], []]
    for (let token = 0; token < tokens; token++) lots[token % 4]!.push(token)
    return lots.map((lot) => ({ expert, tokens: lot.length }))
  })
  pieces.forEach(({ expert, tokens }, i) => (allocation[expert * units + (i % units)]! += tokens))
  return allocation
}

it("even equals its plain telling on 200 seeded steps, also with fewer units than pieces", () => {
  for (const [columns, rows] of [
    [1, 2],
    [3, 3],
    [5, 5]
  ] as const) {
    const mesh = meshFabric(columns, rows)
    const deal = even.prepare({ fabric: mesh, experts, cost: costModel(mesh, 88e6, 88e6), blockTokens: 50 })
    for (let seed = 0; seed < 200; seed++) {
      const { below } = random(seed)
      const expertTokens = Uint32Array.from({ length: experts }, () => (below(4) === 0 ? 0 : below(700)))
      const allocation = new Uint32Array(experts * mesh.units)
      deal(expertTokens, contiguousHolders(), allocation)
      assert.deepStrictEqual(allocation, plainDeal(expertTokens, mesh.units), `${columns} x ${rows}, seed ${seed}`)
    }
  }
})

it("what even reads from afar does not grow with the batch, what even-blocks reads does", () => {
  const units = 9
  const pairs = (policy: AllocationPolicy, scale: number): number => {
    const allocation = empty()
    const expertTokens = Uint32Array.from({ length: experts }, (_, e) => scale * (10 + e))
    step(policy)(expertTokens, contiguousHolders(), allocation)
    return allocation.filter((tokens, i) => tokens > 0 && i % units !== Math.floor(Math.floor(i / units) / 2)).length
  }
  assert.strictEqual(pairs(even, 1), pairs(even, 16))
  assert.isAbove(pairs(evenBlocks, 16), 3 * pairs(evenBlocks, 1))
})

it("even-blocks deals blocks of 50 in expert order and goes on where the last layer stopped", () => {
  const deal = step(evenBlocks)
  const expertTokens = new Uint32Array(experts)
  expertTokens[0] = 120 // blocks 50, 50, 20 to dies 0, 1, 2
  expertTokens[5] = 60 // 50, 10 to dies 3, 4
  const first = empty()
  deal(expertTokens, contiguousHolders(), first)
  assert.deepStrictEqual([...first.subarray(0, 9)], [50, 50, 20, 0, 0, 0, 0, 0, 0])
  assert.deepStrictEqual([...first.subarray(45, 54)], [0, 0, 0, 50, 10, 0, 0, 0, 0])
  const second = empty()
  deal(expertTokens, contiguousHolders(), second)
  assert.deepStrictEqual([...second.subarray(0, 9)], [0, 0, 0, 0, 0, 50, 50, 20, 0])
  assert.deepStrictEqual([...second.subarray(45, 54)], [10, 0, 0, 0, 0, 0, 0, 0, 50])
})

it("at home shares an expert among its copies, the rest to the first", () => {
  const placement = makePlacement({ units: 9, experts, layers: [0] }, (_, e) => (e === 4 ? [2, 6, 7] : [e % 9]))
  const expertTokens = new Uint32Array(experts).fill(10)
  expertTokens[4] = 11
  const allocation = empty()
  step(atHome)(expertTokens, holdersOf(placement, 0), allocation)
  assert.deepStrictEqual([...allocation.subarray(36, 45)], [0, 0, 4, 0, 0, 0, 4, 3, 0])
})
