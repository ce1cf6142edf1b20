/** Decisions between barriers: on the layer's last counts, and waited for only where that would have paid. */
import { random } from "@moira/core"
import { type Controller, costModel, fabricOf, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { assert, it } from "@effect/vitest"
import balance from "../src/allocators/balance.ts"
import { makeSplitAs } from "../src/balance/shares.ts"

const [units, experts, blockTokens] = [8, 32, 50]
const { machine } = meshFabric(4, 2)
const fabric = fabricOf({ ...machine, exchange: () => ({ dispatchPs: () => 0, combinePs: () => 0 }) })
const cost = costModel(fabric, 38e6, 38e6)
const home = (e: number) => Math.floor((e * units) / experts)
const layout = (copies: (e: number) => ReadonlyArray<number>): Holders =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) =>
      [...new Set([home(e), ...copies(e)])].toSorted((a, b) => a - b)
    ),
    0
  )
const homes = layout(() => [])
/** Copies everywhere: any step can be split to be even. A new table each time, as a layer is known by its own. */
const everywhere = () => layout(() => Array.from({ length: units }, (_, u) => u))

const prepare = (controller?: Controller) => {
  const step = balance.prepare({
    fabric,
    experts,
    cost,
    blockTokens,
    ...(controller === undefined ? {} : { controller })
  })
  return (expertTokens: Uint32Array, holders: Holders) => {
    const allocation = new Uint32Array(experts * units)
    const cycles = step(expertTokens, holders, allocation, homes)
    return { allocation, cycles }
  }
}

const skewed = (hot: number): Uint32Array => Uint32Array.from({ length: experts }, (_, e) => (e === hot ? 6000 : 100))

const atHome = (expertTokens: Uint32Array): Uint32Array => {
  const allocation = new Uint32Array(experts * units)
  for (let e = 0; e < experts; e++) allocation[e * units + home(e)] = expertTokens[e]!
  return allocation
}

const loadsOf = (allocation: Uint32Array): ReadonlyArray<number> =>
  Array.from({ length: units }, (_, u) =>
    allocation.reduce((all, tokens, i) => (i % units === u ? all + tokens : all), 0)
  )
const slow: Controller = { basePs: 1e12, cyclePs: 1 }
const free: Controller = { basePs: 0, cyclePs: 0 }

it("a layer's first step runs at home and waits for nobody", () => {
  const { allocation, cycles } = prepare(free)(skewed(3), everywhere())
  assert.isUndefined(cycles)
  assert.deepStrictEqual(allocation, atHome(skewed(3)))
})

it("a later step is split in the shares of a decision on the last counts, whatever its own are", () => {
  const step = prepare(slow)
  const holders = everywhere()
  step(skewed(3), holders)
  const same = step(skewed(3), holders)
  assert.isUndefined(same.cycles)
  assert.isBelow(Math.max(...loadsOf(same.allocation)), 1.1 * (9100 / units), "the same counts: even")
  // Other counts, in the same shares: expert 20 is hot by now, and still lies where it did.
  const other = step(skewed(20), holders)
  assert.isUndefined(other.cycles)
  const expected = new Uint32Array(experts * units)
  makeSplitAs(units, experts, blockTokens)(skewed(20), same.allocation, holders, homes, expected)
  const stays = (allocation: Uint32Array, e: number) => [...allocation.subarray(e * units, (e + 1) * units)]
  assert.strictEqual(Math.max(...stays(other.allocation, 20)), Math.max(...stays(expected, 20)))
  assert.isAbove(Math.max(...loadsOf(other.allocation)), 2 * (9100 / units), "decided on counts that were")
  // And the step after it knows.
  assert.isBelow(Math.max(...loadsOf(step(skewed(20), holders).allocation)), 1.1 * (9100 / units))
})

it("the next step waits for a decision only where one would have saved more than it takes", () => {
  for (const [controller, waits] of [
    [free, true],
    [slow, false]
  ] as const) {
    const step = prepare(controller)
    const holders = everywhere()
    step(skewed(0), holders)
    // The hot expert changes at every step, so that last counts mislead.
    const steps = [9, 17, 25].map((hot) => step(skewed(hot), holders))
    for (const { cycles, allocation } of steps) {
      assert.strictEqual(cycles !== undefined, waits, JSON.stringify(controller))
      const fullest = Math.max(...loadsOf(allocation)) / (9100 / units)
      if (waits) assert.isBelow(fullest, 1.2)
      else assert.isAbove(fullest, 2)
    }
  }
  const steady = prepare(free)
  const holders = everywhere()
  const even = new Uint32Array(experts).fill(200)
  for (let i = 0; i < 4; i++) assert.isUndefined(steady(even, holders).cycles, "even counts: nothing to save")
})

it("layers are known apart, and no token is ever lost or given to who does not hold its expert", () => {
  for (let seed = 0; seed < 30; seed++) {
    const { below, uniform } = random(seed)
    const step = prepare(seed % 3 === 0 ? slow : seed % 3 === 1 ? free : { basePs: 1_600_000, cyclePs: 333 })
    const layers = [0, 1].map(() => layout(() => Array.from({ length: below(4) }, () => below(units))))
    for (let i = 0; i < 8; i++)
      for (const holders of layers) {
        const expertTokens = Uint32Array.from({ length: experts }, () =>
          below(5) === 0 ? 0 : Math.floor(20 / (0.01 + uniform()))
        )
        const { allocation } = step(expertTokens, holders)
        for (let e = 0; e < experts; e++) {
          const got = [...allocation.subarray(e * units, (e + 1) * units)]
          assert.strictEqual(
            got.reduce((a, b) => a + b, 0),
            expertTokens[e],
            `seed ${seed}, step ${i}`
          )
        }
      }
  }
  const step = prepare(slow)
  const [one, other] = [everywhere(), everywhere()]
  step(skewed(3), one)
  assert.deepStrictEqual(step(skewed(3), other).allocation, atHome(skewed(3)), "the other layer's first step")
})
