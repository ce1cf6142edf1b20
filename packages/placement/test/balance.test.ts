import { assert, it } from "@effect/vitest"
import { costModel } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import {
  algorithm1,
  type AllocationPolicy,
  atHome,
  balance,
  type Holders,
  holdersOf,
  makePlacement
} from "@moira/placement"
import { random } from "@moira/trace"

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
const judge = (policy: AllocationPolicy, requests: Uint32Array, holders: Holders) => {
  const allocation = new Uint32Array(experts * units)
  policy.prepare({ fabric, experts, cost, blockTokens: 50 })(requests, holders, allocation)
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
  return { makespan: Math.max(...compute.map((ps) => ps + read), ...memory), hops }
}

it("leaves work at home where home is fast enough", () => {
  const requests = new Uint32Array(experts).fill(100)
  assert.strictEqual(judge(balance, requests, contiguous).hops, 0)
})

it("is never slower than work at home, and on skewed requests far faster than Algorithm 1 with fewer hops", () => {
  let [ours, theirs, hops, theirHops] = [0, 0, 0, 0]
  for (let seed = 0; seed < 80; seed++) {
    for (const scale of [20, 100, 400]) {
      const requests = skewed(seed, scale)
      const balanced = judge(balance, requests, contiguous)
      assert.isAtMost(
        balanced.makespan,
        judge(atHome, requests, contiguous).makespan * 1.0001,
        `seed ${seed}, ${scale}`
      )
      const allo = judge(algorithm1, requests, contiguous)
      ours += balanced.makespan
      theirs += allo.makespan
      hops += balanced.hops
      theirHops += allo.hops
    }
  }
  assert.isAbove(theirs / ours, 1.2)
  assert.isAbove(theirHops / hops, 2)
})

it("comes near the mean where arithmetic decides", () => {
  for (let seed = 0; seed < 40; seed++) {
    const requests = skewed(seed, 1000)
    const mean =
      cost.computePs(
        0,
        requests.reduce((a, b) => a + b, 0)
      ) / units
    assert.isAtMost(judge(balance, requests, contiguous).makespan / (mean + cost.fetchPs(0, 0)), 1.05, `seed ${seed}`)
  }
})

it("uses copies: with the hot expert everywhere nothing is sent away", () => {
  const requests = new Uint32Array(experts).fill(200)
  requests[60] = 20_000
  const everywhere = holdersWith((e) => (e === 60 ? Array.from({ length: units }, (_, u) => u) : []))
  const alone = judge(balance, requests, contiguous)
  const copied = judge(balance, requests, everywhere)
  assert.isAbove(alone.hops, 0)
  assert.strictEqual(copied.hops, 0)
  assert.isBelow(copied.makespan, alone.makespan)
})
