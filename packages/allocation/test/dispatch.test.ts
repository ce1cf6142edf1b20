import { assert, it } from "@effect/vitest"
import { costModel, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { type AllocationPolicy } from "../src/allocator.ts"
import copiesEven from "../src/allocators/copies-even.ts"
import copiesLp from "../src/allocators/copies-lp.ts"
import copiesStatic from "../src/allocators/copies-static.ts"
import leastLoaded from "../src/allocators/least-loaded.ts"
import { random } from "@moira/core"

const [units, experts] = [9, 14]
const fabric = meshFabric(3, 3)
const setup = { fabric, experts, cost: costModel(fabric, 88e6, 88e6), blockTokens: 50 }
const policies = [copiesEven, copiesStatic, leastLoaded, copiesLp]

interface Scene {
  readonly expertTokens: Uint32Array
  readonly holders: Holders
}

/** Up to five copies an expert; tokens from none to thousands. */
const scene = (seed: number): Scene => {
  const { below, uniform } = random(seed)
  const expertTokens = Uint32Array.from({ length: experts }, () =>
    below(5) === 0 ? 0 : Math.floor(Math.exp(uniform() * (2 + (seed % 7))))
  )
  const placement = makePlacement({ units, experts, layers: [0] }, () =>
    [...new Set(Array.from({ length: 1 + below(5) }, () => below(units)))].toSorted((a, b) => a - b)
  )
  return { expertTokens, holders: holdersOf(placement, 0) }
}

const allocate = (policy: AllocationPolicy, { expertTokens, holders }: Scene): Uint32Array => {
  const allocation = new Uint32Array(experts * units)
  policy.prepare(setup)(expertTokens, holders, allocation)
  return allocation
}

const heldBy = ({ start, unit }: Holders, e: number): ReadonlyArray<number> => [
  ...unit.subarray(start[e], start[e + 1])
]

const fullest = (allocation: Uint32Array): number => {
  const load = new Float64Array(units)
  allocation.forEach((tokens, i) => (load[i % units]! += tokens))
  return Math.max(...load)
}

/**
 * The least fullest unit by the duality of flows and cuts: some set of units has to compute all tokens that may lie
 * nowhere else, and its mean is a bound that the worst set meets, rounded up to whole tokens.
 */
const leastFullest = ({ expertTokens, holders }: Scene): number => {
  let worst = 0
  for (let set = 1; set < 1 << units; set++) {
    let tokens = 0
    for (let e = 0; e < experts; e++)
      if (heldBy(holders, e).every((u) => ((set >> u) & 1) === 1)) tokens += expertTokens[e]!
    const size = Array.from({ length: units }, (_, u) => (set >> u) & 1).reduce((a, b) => a + b, 0)
    worst = Math.max(worst, Math.ceil(tokens / size))
  }
  return worst
}

it("copies-lp is the best split on 150 seeded steps, and no other way of dispatch is better", () => {
  for (let seed = 0; seed < 150; seed++) {
    const step = scene(seed)
    const least = leastFullest(step)
    assert.strictEqual(fullest(allocate(copiesLp, step)), least, `seed ${seed}`)
    for (const policy of policies)
      assert.isAtLeast(fullest(allocate(policy, step)), least, `${policy.id}, seed ${seed}`)
  }
})

it("every token of an expert goes to one of its holders", () => {
  for (const policy of policies)
    for (let seed = 0; seed < 40; seed++) {
      const step = scene(seed)
      const allocation = allocate(policy, step)
      for (let e = 0; e < experts; e++) {
        const row = allocation.subarray(e * units, (e + 1) * units)
        assert.strictEqual(
          row.reduce((a, b) => a + b, 0),
          step.expertTokens[e]
        )
        row.forEach((tokens, u) => assert.isTrue(tokens === 0 || heldBy(step.holders, e).includes(u), policy.id))
      }
    }
})

it("copies-even shares to the token, and what does not divide goes round", () => {
  const placement = makePlacement({ units, experts, layers: [0] }, (_, e) => (e === 4 ? [2, 6, 7] : [e % units]))
  const holders = holdersOf(placement, 0)
  const step = copiesEven.prepare(setup)
  const expertTokens = new Uint32Array(experts)
  expertTokens[4] = 11
  const sums = new Float64Array(3)
  for (let i = 0; i < 3; i++) {
    const allocation = new Uint32Array(experts * units)
    step(expertTokens, holders, allocation)
    const shares = [2, 6, 7].map((u) => allocation[4 * units + u]!)
    assert.deepStrictEqual(
      shares.toSorted((a, b) => a - b),
      [3, 4, 4]
    )
    shares.forEach((tokens, h) => (sums[h]! += tokens))
  }
  assert.deepStrictEqual([...sums], [11, 11, 11])
})

it("copies-static learns weights that balance, keeps them, and learns again when copies change", () => {
  // Expert 0 on units 0 and 1; unit 0 also has expert 1, as hot: all of expert 0 belongs on unit 1.
  const layout = (second: number) =>
    holdersOf(
      makePlacement({ units, experts, layers: [0] }, (_, e) =>
        e === 0 ? [0, second] : e === 1 ? [0] : [2 + (e % (units - 2))]
      ),
      0
    )
  const holders = layout(1)
  const expertTokens = new Uint32Array(experts)
  expertTokens[0] = expertTokens[1] = 1000
  const step = copiesStatic.prepare(setup)
  const share = (at: Holders) => {
    const allocation = new Uint32Array(experts * units)
    step(expertTokens, at, allocation)
    return allocation[1]! / expertTokens[0]!
  }
  // It learns from the first eight steps.
  for (let i = 0; i < 8; i++) assert.strictEqual(share(holders), 0.5)
  assert.strictEqual(share(holders), 1)
  expertTokens[1] = 0
  assert.strictEqual(share(holders), 1, "weights do not follow the load of a step")
  expertTokens[1] = 1000
  // The same table with a copy elsewhere, as residencies rewrite theirs.
  holders.unit.set(layout(2).unit)
  assert.strictEqual(share(holders), 0)
  const moved = new Uint32Array(experts * units)
  step(expertTokens, holders, moved)
  assert.deepStrictEqual([moved[0], moved[2]], [500, 500], "it shares evenly while it learns")
})

it("least-loaded is within a block a copy of the best where all experts have copies everywhere", () => {
  const everywhere = holdersOf(
    makePlacement({ units, experts, layers: [0] }, () => Array.from({ length: units }, (_, u) => u)),
    0
  )
  for (let seed = 0; seed < 20; seed++) {
    const step = { expertTokens: scene(seed).expertTokens, holders: everywhere }
    assert.isAtMost(fullest(allocate(leastLoaded, step)), leastFullest(step) + setup.blockTokens)
  }
})

it("decisions of copies-lp and least-loaded take cycles by what they looked at, and none is free", () => {
  const everywhere = holdersOf(
    makePlacement({ units, experts, layers: [0] }, () => Array.from({ length: units }, (_, u) => u)),
    0
  )
  const alone = holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) => [e % units]),
    0
  )
  const expertTokens = Uint32Array.from({ length: experts }, (_, e) => 60 * (1 + e))
  const cyclesOf = (policy: AllocationPolicy, holders: Holders, scale = 1): number =>
    Number(
      policy.prepare(setup)(
        expertTokens.map((n) => n * scale),
        holders,
        new Uint32Array(experts * units)
      )
    )
  for (const policy of [copiesLp, leastLoaded]) {
    assert.isAbove(cyclesOf(policy, alone), 0, policy.id)
    assert.isAbove(cyclesOf(policy, everywhere), cyclesOf(policy, alone), `${policy.id}: more copies, more to look at`)
    assert.strictEqual(cyclesOf(policy, everywhere), cyclesOf(policy, everywhere), policy.id)
  }
  assert.isAbove(cyclesOf(leastLoaded, everywhere, 10), 5 * cyclesOf(leastLoaded, everywhere), "a look for each block")
  assert.isBelow(cyclesOf(copiesLp, everywhere, 10), 2 * cyclesOf(copiesLp, everywhere), "flows move tokens at once")
  assert.isUndefined(copiesEven.prepare(setup)(expertTokens, everywhere, new Uint32Array(experts * units)))
})
