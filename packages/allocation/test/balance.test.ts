import { assert, it } from "@effect/vitest"
import { type Controller, costModel, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import algorithm1 from "../src/allocators/algorithm-1.ts"
import { type AllocationPolicy } from "../src/allocator.ts"
import atHome from "../src/allocators/at-home.ts"
import balance from "../src/allocators/balance.ts"
import { random } from "@moira/core"

const [columns, rows, experts] = [5, 5, 128]
const units = columns * rows
const fabric = meshFabric(columns, rows)
const cost = costModel(fabric, 38e6, 38e6)
const home = (e: number) => Math.floor((e * units) / experts)
const holdersWith = (copies: (e: number) => ReadonlyArray<number>): Holders =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) =>
      [...new Set([home(e), ...copies(e)])].toSorted((a, b) => a - b)
    ),
    0
  )
const contiguous = holdersWith(() => [])

/** Skewed requests as routers make them. */
const skewed = (seed: number, scale: number): Uint32Array => {
  const { uniform, below } = random(seed)
  return Uint32Array.from({ length: experts }, () => (below(9) === 0 ? 0 : Math.floor(scale / (0.03 + uniform()))))
}

/** Time of the slowest unit (first read, then arithmetic; or the reads of its memory), and the hops of all fetches. */
const judge = (policy: AllocationPolicy, expertTokens: Uint32Array, holders: Holders, controller?: Controller) => {
  const allocation = new Uint32Array(experts * units)
  const decider = controller === undefined ? {} : { controller }
  const step = policy.prepare({ fabric, experts, cost, blockTokens: 50, ...decider })
  const cycles = step(expertTokens, holders, allocation, contiguous)
  const [compute, memory] = [new Float64Array(units), new Float64Array(units)]
  let hops = 0
  for (let e = 0; e < experts; e++) {
    const held = [...holders.unit.subarray(holders.start[e], holders.start[e + 1])]
    for (let u = 0; u < units; u++) {
      const tokens = allocation[e * units + u]!
      if (tokens === 0) continue
      const source = held.toSorted((a, b) => fabric.hops[a * units + u]! - fabric.hops[b * units + u]! || a - b)[0]!
      compute[u]! += cost.computePs(u, tokens)
      memory[source]! += cost.fetchPs(source, source)
      hops += fabric.hops[source * units + u]!
    }
  }
  const read = cost.fetchPs(0, 0)
  return { makespan: Math.max(...compute.map((ps) => ps + read), ...memory), hops, cycles, allocation, memory }
}

it("leaves work at home where home is fast enough", () => {
  const expertTokens = new Uint32Array(experts).fill(100)
  assert.strictEqual(judge(balance, expertTokens, contiguous).hops, 0)
})

it("is never slower than work at home, and on skewed requests far faster than Algorithm 1 with fewer hops", () => {
  let [ours, theirs, hops, theirHops] = [0, 0, 0, 0]
  for (let seed = 0; seed < 80; seed++) {
    for (const scale of [20, 100, 400]) {
      const expertTokens = skewed(seed, scale)
      const balanced = judge(balance, expertTokens, contiguous)
      assert.isAtMost(
        balanced.makespan,
        judge(atHome, expertTokens, contiguous).makespan * 1.0001,
        `seed ${seed}, ${scale}`
      )
      const allo = judge(algorithm1, expertTokens, contiguous)
      ours += balanced.makespan
      theirs += allo.makespan
      hops += balanced.hops
      theirHops += allo.hops
    }
  }
  assert.isAbove(theirs / ours, 1.2)
  assert.isAbove(theirHops / hops, 1.3)
})

it("comes near the mean where arithmetic decides, with and without copies", () => {
  let ratios = 0
  for (let seed = 0; seed < 40; seed++) {
    const expertTokens = skewed(seed, 1000)
    const mean =
      cost.computePs(
        0,
        expertTokens.reduce((a, b) => a + b, 0)
      ) / units
    const { below } = random(seed)
    const copied = holdersWith(() => [below(units), below(units), below(units)])
    for (const holders of [contiguous, copied]) {
      const ratio = judge(balance, expertTokens, holders).makespan / (mean + cost.fetchPs(0, 0))
      assert.isAtMost(ratio, 1.2, `seed ${seed}`)
      ratios += ratio / 80
    }
  }
  assert.isAtMost(ratios, 1.08)
})

it("uses copies: with the hot expert everywhere nothing is sent away", () => {
  const expertTokens = new Uint32Array(experts).fill(200)
  expertTokens[60] = 20_000
  const everywhere = holdersWith((e) => (e === 60 ? Array.from({ length: units }, (_, u) => u) : []))
  const alone = judge(balance, expertTokens, contiguous)
  const copied = judge(balance, expertTokens, everywhere)
  assert.isAbove(alone.hops, 0)
  assert.strictEqual(copied.hops, 0)
  assert.isBelow(copied.makespan, alone.makespan)
})

it("moves reads too: where memory decides, a unit with fewer experts to read reads copies", () => {
  // Five experts lie on most units. One unit's five are asked for, and only two of each other unit's.
  const expertTokens = Uint32Array.from({ length: experts }, (_, e) => {
    const u = home(e)
    const firstOf = Array.from({ length: experts }, (__, i) => i).filter((i) => home(i) === u)
    return u === 12 || firstOf.indexOf(e) < 2 ? 20 : 0
  })
  const copied = holdersWith((e) => (home(e) === 12 ? [11, 13, 17] : []))
  const read = cost.fetchPs(0, 0)
  assert.strictEqual(judge(atHome, expertTokens, contiguous).makespan, 5 * read)
  const moved = judge(balance, expertTokens, copied)
  assert.isAtMost(moved.makespan, 3 * read * 1.0001)
  assert.strictEqual(moved.hops, 0)
})

it("never leaves a unit later than home would have, whatever copies there are", () => {
  for (let seed = 0; seed < 120; seed++) {
    const { below } = random(seed)
    const copied = holdersWith(() => Array.from({ length: below(4) }, () => below(units)))
    const expertTokens = skewed(seed, [5, 40, 300][seed % 3]!)
    const home_ = judge(atHome, expertTokens, contiguous).makespan
    assert.isAtMost(judge(balance, expertTokens, copied).makespan, home_ * 1.0001, `seed ${seed}`)
  }
})

it("a slow controller's decisions are short, and none is begun that could not pay", () => {
  const expertTokens = skewed(3, 100)
  const copied = holdersWith((e) => [(home(e) + 5) % units])
  const free = judge(balance, expertTokens, copied)
  const read = cost.fetchPs(0, 0)
  const slow = { basePs: 0, cyclePs: 5000 }
  const hurried = judge(balance, expertTokens, copied, slow)
  assert.isBelow(Number(hurried.cycles), Number(free.cycles))
  assert.isAtLeast(hurried.makespan, free.makespan)
  const atOnce = judge(atHome, expertTokens, contiguous).makespan
  assert.isAtMost(Math.max(0, Number(hurried.cycles) * slow.cyclePs - read) + hurried.makespan, atOnce * 1.06)
  const late = judge(balance, expertTokens, copied, { basePs: 1e12, cyclePs: 1 })
  assert.strictEqual(late.makespan, atOnce)
  assert.strictEqual(late.hops, 0)
})
