/** What every allocator and every placement optimizer must do, as named checks. */
import { assert } from "@effect/vitest"
import { costModel, type Fabric } from "@moira/hardware"
import type { Check } from "@moira/hardware/testing"
import { catalogue, moeLayers, random } from "@moira/trace"
import { Effect } from "effect"
import { type AllocationPolicy, defaultBlockTokens } from "../allocator.ts"
import type { PlacementInput, PlacementPolicy } from "../optimizer.ts"
import { type Holders, holdersOf, makePlacement, placementFault } from "../placement.ts"

const experts = 24

/** Seeded requests, many of them zero, and a placement in which some experts have copies. */
const scene = (fabric: Fabric, seed: number): { readonly requests: Uint32Array; readonly holders: Holders } => {
  const { below } = random(seed)
  const requests = Uint32Array.from({ length: experts }, () => (below(4) === 0 ? 0 : below(1500)))
  const shape = { units: fabric.units, experts, layers: [0] }
  const placement = makePlacement(shape, (_, e) =>
    [...new Set([Math.floor((e * fabric.units) / experts), ...(below(3) === 0 ? [below(fabric.units)] : [])])].toSorted(
      (a, b) => a - b
    )
  )
  return { requests, holders: holdersOf(placement, 0) }
}

const setup = (fabric: Fabric) => ({
  fabric,
  experts,
  cost: costModel(fabric, 1e8, 1e8),
  blockTokens: defaultBlockTokens
})

const run = (policy: AllocationPolicy, fabric: Fabric, seeds: ReadonlyArray<number>): ReadonlyArray<Uint32Array> => {
  const step = policy.prepare(setup(fabric))
  return seeds.map((seed) => {
    const { requests, holders } = scene(fabric, seed)
    const allocation = new Uint32Array(experts * fabric.units)
    step(requests, holders, allocation)
    return allocation
  })
}

const seeds = Array.from({ length: 60 }, (_, i) => i)

/** Checks of an allocator on one machine; `Infinity` would be caught as a wrong count. */
export const allocatorChecks = (policy: AllocationPolicy, fabric: Fabric): ReadonlyArray<Check> => [
  {
    name: "allocates every token of every expert once",
    run: Effect.sync(() => {
      run(policy, fabric, seeds).forEach((allocation, i) => {
        const { requests } = scene(fabric, seeds[i]!)
        for (let e = 0; e < experts; e++) {
          const given = allocation.subarray(e * fabric.units, (e + 1) * fabric.units).reduce((a, b) => a + b, 0)
          assert.strictEqual(given, requests[e], `seed ${i}, expert ${e}`)
        }
      })
    })
  },
  {
    name: "leaves its inputs alone",
    run: Effect.sync(() => {
      const { requests, holders } = scene(fabric, 3)
      policy.prepare(setup(fabric))(requests, holders, new Uint32Array(experts * fabric.units))
      assert.deepStrictEqual({ requests, holders }, scene(fabric, 3))
    })
  },
  {
    name: "is deterministic: two runs over the same steps are equal",
    run: Effect.sync(() => assert.deepStrictEqual(run(policy, fabric, seeds), run(policy, fabric, seeds)))
  }
]

const model = catalogue.find(({ id }) => id === "mixtral-8x7b")!

const input = (fabric: Fabric, spareSlots: number): PlacementInput => {
  const { below } = random(spareSlots + 1)
  const layers = moeLayers(model).slice(0, 3)
  const counts = layers.map(() => Uint32Array.from({ length: model.experts }, () => below(1000)))
  return { model, layers, fabric, expertBytes: 1e6, spareSlots, counts }
}

/** Checks of an optimizer on one machine. */
export const optimizerChecks = (policy: PlacementPolicy, fabric: Fabric): ReadonlyArray<Check> => [
  {
    name: "places every expert of every layer",
    run: Effect.gen(function* () {
      for (const spare of [0, 1, 2]) {
        const placement = yield* policy.place(input(fabric, spare))
        assert.isUndefined(placementFault(placement))
        assert.deepStrictEqual(placement.layers, input(fabric, spare).layers)
        assert.strictEqual(placement.units, fabric.units)
        assert.isAtMost(placement.slotsPerUnit, Math.ceil(model.experts / fabric.units) + spare)
      }
    })
  },
  {
    name: "is deterministic",
    run: Effect.gen(function* () {
      assert.deepStrictEqual(yield* policy.place(input(fabric, 1)), yield* policy.place(input(fabric, 1)))
    })
  },
  {
    name: "refuses what does not fit, with a typed error",
    run: Effect.gen(function* () {
      const error = yield* Effect.flip(policy.place({ ...input(fabric, 0), expertBytes: 1e15 }))
      assert.strictEqual(error._tag, "PlacementError")
    })
  }
]
