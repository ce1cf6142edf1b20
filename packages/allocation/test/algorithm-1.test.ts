/** Algorithm 1 and its readings, against a plain telling. */
import { assert, it } from "@effect/vitest"
import { costModel, type CostModel, type Fabric, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { random } from "@moira/core"
import type { Reading } from "../src/algorithm-1/reading.ts"
import { type AllocationPolicy } from "../src/allocator.ts"
import algorithm1 from "../src/allocators/algorithm-1.ts"
import highIds from "../src/allocators/algorithm-1-high-ids.ts"
import shares from "../src/allocators/algorithm-1-shares.ts"
import atHome from "../src/allocators/at-home.ts"

const fabric = meshFabric(3, 3)
const [units, experts] = [9, 18]
const cost = costModel(fabric, 88e6, 88e6)
const contiguousHolders = (): Holders =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) => [Math.floor((e * units) / experts)]),
    0
  )
const empty = () => new Uint32Array(experts * units)
const allocate = (policy: AllocationPolicy, expertTokens: Uint32Array, holders = contiguousHolders()): Uint32Array => {
  const allocation = empty()
  policy.prepare({ fabric, experts, cost, blockTokens: 50 })(expertTokens, holders, allocation)
  return allocation
}

/** Units that an expert's tokens may go to, by the rules in words; `load` is what units have to do so far. */
const plainCandidates = (
  e: number,
  expertTokens: Uint32Array,
  holders: Holders,
  load: ReadonlyArray<number>,
  { limit, ties }: Reading
): ReadonlyArray<number> => {
  const held = [...holders.unit.subarray(holders.start[e], holders.start[e + 1])]
  const next = (of: number, { hops }: Fabric) => [...load.keys()].filter((u) => hops[of * units + u] === 1)
  const near = [...new Set(held.flatMap((h) => next(h, fabric)))].filter((u) => !held.includes(u))
  const isNear = (u: number) => Number(near.includes(u))
  const byLoad = (a: number, b: number) =>
    load[a]! - load[b]! || isNear(a) - isNear(b) || (ties === "lower id" ? a - b : b - a)
  if (limit === "shares") {
    const total = expertTokens.reduce((sum, count) => sum + count, 0)
    const most = Math.ceil((expertTokens[e]! * units) / total)
    return [...held, ...near].toSorted(byLoad).filter((u, i) => i < most || held.includes(u))
  }
  const fetch = cost.fetchPs(held[0]!, next(held[0]!, fabric)[0]!)
  const most = Math.max(1, Math.floor(cost.computePs(held[0]!, expertTokens[e]!) / fetch))
  return [...held.toSorted(byLoad), ...near.toSorted(byLoad)].slice(0, most)
}

/** Algorithm 1 with arrays and sorts: the readable oracle of the fast version. */
const plainAlgorithm1 = (
  expertTokens: Uint32Array,
  holders: Holders,
  reading: Reading,
  { fetchPs, computePs }: CostModel
): Uint32Array => {
  const allocation = empty()
  const load = Array.from({ length: units }, () => 0)
  const order = [...expertTokens.keys()].toSorted((a, b) => expertTokens[a]! - expertTokens[b]! || a - b)
  for (const e of order) {
    if (expertTokens[e] === 0) continue
    const held = [...holders.unit.subarray(holders.start[e], holders.start[e + 1])]
    const candidates = plainCandidates(e, expertTokens, holders, load, reading)
    const fetched = new Set<number>()
    for (let rest = expertTokens[e]!; rest > 0; rest -= 50) {
      const block = Math.min(50, rest)
      const ends = candidates.map((u) => {
        const source = held.find((h) => h === u) ?? held.find((h) => fabric.hops[h * units + u] === 1)!
        return load[u]! + Math.max(fetched.has(u) ? 0 : fetchPs(source, u), computePs(u, block))
      })
      const best = ends.indexOf(Math.min(...ends))
      const u = candidates[best]!
      load[u] = ends[best]!
      fetched.add(u)
      allocation[e * units + u]! += block
    }
  }
  return allocation
}

const scene = (seed: number): readonly [expertTokens: Uint32Array, holders: Holders] => {
  const { below } = random(seed)
  const expertTokens = Uint32Array.from({ length: experts }, () =>
    below(6) === 0 ? 0 : Math.floor(Math.exp(below(9))) + below(30)
  )
  const placement = makePlacement({ units, experts, layers: [0] }, (_, e) =>
    [...new Set([Math.floor(e / 2), ...(seed % 2 === 1 && below(2) === 0 ? [below(9), below(9)] : [])])].toSorted(
      (a, b) => a - b
    )
  )
  return [expertTokens, holdersOf(placement, 0)]
}

const readings: ReadonlyArray<readonly [policy: AllocationPolicy, reading: Reading]> = [
  [algorithm1, { limit: "arithmetic", ties: "lower id" }],
  [highIds, { limit: "arithmetic", ties: "higher id" }],
  [shares, { limit: "shares", ties: "lower id" }]
]

for (const [policy, reading] of readings)
  it(`${policy.id} equals its plain telling on 300 seeded steps`, () => {
    for (let seed = 0; seed < 300; seed++) {
      const [expertTokens, holders] = scene(seed)
      const plain = plainAlgorithm1(expertTokens, holders, reading, cost)
      assert.deepStrictEqual(allocate(policy, expertTokens, holders), plain, `seed ${seed}`)
    }
  })

it("the readings differ: none is another by accident", () => {
  const told = readings.map(([policy]) =>
    Array.from({ length: 20 }, (_, seed) => allocate(policy, ...scene(seed)).join()).join()
  )
  assert.strictEqual(new Set(told).size, readings.length)
})

it("algorithm-1 keeps an expert within one hop and spreads a hot one", () => {
  const expertTokens = new Uint32Array(experts).fill(20)
  expertTokens[8] = 6000 // lies on the middle die
  const allocation = allocate(algorithm1, expertTokens)
  const row = allocation.subarray(8 * units, 9 * units)
  for (let u = 0; u < units; u++) if (fabric.hops[4 * units + u]! > 1) assert.strictEqual(row[u], 0)
  assert.isAtLeast(row.filter((tokens) => tokens > 0).length, 4)
  assert.isBelow(row[4]!, 6000 / 2)
})

it("an expert is split from twice the tokens on whose arithmetic pays a fetch, and below that all is as under EP", () => {
  const worth = cost.fetchPs(0, 1) / cost.computePs(0, 1)
  const spread = (tokens: number) => {
    const expertTokens = new Uint32Array(experts).fill(10)
    expertTokens[8] = tokens
    return allocate(algorithm1, expertTokens)
  }
  const holdersOf8 = (allocation: Uint32Array) =>
    allocation.subarray(8 * units, 9 * units).filter((tokens) => tokens > 0).length
  assert.strictEqual(holdersOf8(spread(Math.floor(2 * worth))), 1)
  assert.strictEqual(holdersOf8(spread(Math.ceil(2 * worth) + 1)), 2)
  assert.strictEqual(holdersOf8(spread(Math.ceil(3 * worth) + 1)), 3)
  const cold = new Uint32Array(experts).fill(Math.floor(2 * worth) - 1)
  assert.deepStrictEqual(allocate(algorithm1, cold), allocate(atHome, cold))
})
