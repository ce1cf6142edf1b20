import { assert, it } from "@effect/vitest"
import { costModel, type CostModel, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import algorithm1 from "../src/allocators/algorithm-1.ts"
import { type AllocationPolicy } from "../src/allocator.ts"
import atHome from "../src/allocators/at-home.ts"
import even from "../src/allocators/even.ts"
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
const tokensOf = (allocation: Uint32Array, unit: number) => {
  let sum = 0
  for (let e = 0; e < experts; e++) sum += allocation[e * 9 + unit]!
  return sum
}

it("even deals blocks of 50 in expert order and goes on where the last layer stopped", () => {
  const deal = step(even)
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

/** Algorithm 1 as `study.md` tells it, with arrays and sorts: the readable oracle of the fast version. */
const plainAlgorithm1 = (expertTokens: Uint32Array, holders: Holders, costs: CostModel): Uint32Array => {
  const allocation = empty()
  const load = Array.from({ length: 9 }, () => 0)
  const total = expertTokens.reduce((sum, count) => sum + count, 0)
  const order = [...expertTokens.keys()].toSorted((a, b) => expertTokens[a]! - expertTokens[b]! || a - b)
  for (const e of order) {
    const held = [...holders.unit.subarray(holders.start[e], holders.start[e + 1])]
    const near = [...new Set(held.flatMap((h) => [...load.keys()].filter((u) => fabric.hops[h * 9 + u] === 1)))]
    const all = [...held, ...near.filter((u) => !held.includes(u))]
    const sorted = all.toSorted((a, b) => load[a]! - load[b]! || Number(held.includes(b)) - Number(held.includes(a)))
    const limit = Math.ceil((expertTokens[e]! * 9) / total)
    const candidates = sorted.filter((u, i) => i < limit || held.includes(u))
    const fetched = new Set<number>()
    for (let rest = expertTokens[e]!; rest > 0; rest -= 50) {
      const block = Math.min(50, rest)
      const ends = candidates.map((u) => {
        const home = held.find((h) => h === u) ?? held.find((h) => fabric.hops[h * 9 + u] === 1)!
        return load[u]! + Math.max(fetched.has(u) ? 0 : costs.fetchPs(home, u), costs.computePs(u, block))
      })
      const best = ends.indexOf(Math.min(...ends))
      const u = candidates[best]!
      load[u] = ends[best]!
      fetched.add(u)
      allocation[e * 9 + u]! += block
    }
  }
  return allocation
}

it("algorithm-1 equals its plain telling on 300 seeded steps", () => {
  const fast = step(algorithm1)
  for (let seed = 0; seed < 300; seed++) {
    const { below } = random(seed)
    const expertTokens = Uint32Array.from({ length: experts }, () => Math.floor(Math.exp(below(8))) + below(30))
    const placement = makePlacement({ units: 9, experts, layers: [0] }, (_, e) =>
      [...new Set([Math.floor(e / 2), ...(seed % 2 === 1 && below(2) === 0 ? [below(9)] : [])])].toSorted(
        (a, b) => a - b
      )
    )
    const holders = holdersOf(placement, 0)
    const allocation = empty()
    fast(expertTokens, holders, allocation)
    assert.deepStrictEqual(allocation, plainAlgorithm1(expertTokens, holders, cost), `seed ${seed}`)
  }
})

it("algorithm-1 keeps an expert within one hop and spreads a hot one", () => {
  const expertTokens = new Uint32Array(experts).fill(20)
  expertTokens[8] = 6000 // lies on the middle die
  const allocation = empty()
  step(algorithm1)(expertTokens, contiguousHolders(), allocation)
  for (let u = 0; u < 9; u++) if (fabric.hops[4 * 9 + u]! > 1) assert.strictEqual(allocation[8 * 9 + u], 0)
  assert.isBelow(tokensOf(allocation, 4), 6000 / 2)
})
