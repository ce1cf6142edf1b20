/** What every allocator must do, as named checks. */
import { assert } from "@effect/vitest"
import { costModel, type Fabric, type Holders, holdersOf, makePlacement } from "@moira/hardware"
import { type Check, registerChecks } from "@moira/core/testing"
import { random } from "@moira/core"
import { Effect } from "effect"
import { allocationContract, type AllocationPolicy, defaultBlockTokens } from "../allocator.ts"

const experts = 24

/** Seeded requests, many of them zero, and a placement in which some experts have copies. */
const scene = (fabric: Fabric, seed: number): { readonly expertTokens: Uint32Array; readonly holders: Holders } => {
  const { below } = random(seed)
  const expertTokens = Uint32Array.from({ length: experts }, () => (below(4) === 0 ? 0 : below(1500)))
  const shape = { units: fabric.units, experts, layers: [0] }
  const placement = makePlacement(shape, (_, e) =>
    [...new Set([Math.floor((e * fabric.units) / experts), ...(below(3) === 0 ? [below(fabric.units)] : [])])].toSorted(
      (a, b) => a - b
    )
  )
  return { expertTokens, holders: holdersOf(placement, 0) }
}

const setup = (fabric: Fabric) => ({
  fabric,
  experts,
  cost: costModel(fabric, 1e8, 1e8),
  blockTokens: defaultBlockTokens
})

interface Answer {
  readonly allocation: Uint32Array
  readonly cycles: number
}

const run = (policy: AllocationPolicy, fabric: Fabric, seeds: ReadonlyArray<number>): ReadonlyArray<Answer> => {
  const step = policy.prepare(setup(fabric))
  return seeds.map((seed) => {
    const { expertTokens, holders } = scene(fabric, seed)
    const allocation = new Uint32Array(experts * fabric.units)
    return { allocation, cycles: step(expertTokens, holders, allocation) ?? 0 }
  })
}

/** The answer to one step of a layer, after so many others of it. */
const answerAfter = (policy: AllocationPolicy, fabric: Fabric, steps: number): Answer => {
  const step = policy.prepare(setup(fabric))
  const { holders } = scene(fabric, 0)
  const answer = (seed: number): Answer => {
    const allocation = new Uint32Array(experts * fabric.units)
    return { cycles: step(scene(fabric, seed).expertTokens, holders, allocation) ?? 0, allocation }
  }
  for (let seed = 1; seed <= steps; seed++) answer(seed)
  return answer(0)
}

const seeds = Array.from({ length: 60 }, (_, i) => i)

/** Checks of an allocator on one machine. */
export const allocatorChecks = (policy: AllocationPolicy, fabric: Fabric): ReadonlyArray<Check> => [
  {
    name: "hands out every token of every expert once",
    run: Effect.sync(() => {
      run(policy, fabric, seeds).forEach(({ allocation }, i) => {
        const { expertTokens } = scene(fabric, seeds[i]!)
        for (let e = 0; e < experts; e++) {
          const given = allocation.subarray(e * fabric.units, (e + 1) * fabric.units).reduce((a, b) => a + b, 0)
          assert.strictEqual(given, expertTokens[e], `seed ${i}, expert ${e}`)
        }
      })
    })
  },
  {
    name: "takes a finite number of cycles, or none",
    run: Effect.sync(() => {
      for (const { cycles } of run(policy, fabric, seeds)) assert.isTrue(cycles >= 0 && cycles < Infinity, `${cycles}`)
    })
  },
  {
    name: "leaves its inputs alone",
    run: Effect.sync(() => {
      const { expertTokens, holders } = scene(fabric, 3)
      policy.prepare(setup(fabric))(expertTokens, holders, new Uint32Array(experts * fabric.units))
      assert.deepStrictEqual({ expertTokens, holders }, scene(fabric, 3))
    })
  },
  {
    name: "is deterministic: two runs over the same steps are equal",
    run: Effect.sync(() => assert.deepStrictEqual(run(policy, fabric, seeds), run(policy, fabric, seeds)))
  },
  {
    name: "goes by nothing of earlier steps, where it claims to be stateless",
    run: Effect.sync(() => {
      if (policy.stateless !== true) return
      for (const steps of [1, 2, 20])
        assert.deepStrictEqual(answerAfter(policy, fabric, steps), answerAfter(policy, fabric, 0))
    })
  }
]

/** Registers the allocation contract's tests for one policy on one machine. */
export const allocatorConformance = (policy: AllocationPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${allocationContract} on ${fabric.units} units`, allocatorChecks(policy, fabric))
