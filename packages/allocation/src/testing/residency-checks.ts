/** What every residency policy must do, as named checks over a seeded decode. */
import { assert } from "@effect/vitest"
import {
  clearWork,
  costModel,
  type Fabric,
  type LayerWork,
  makeWork,
  pushTask,
  type Holders,
  holdersOf,
  makePlacement
} from "@moira/hardware"
import { type Check, registerChecks } from "@moira/core/testing"
import { random } from "@moira/core"
import { Effect } from "effect"
import { type PreparedResidency, residencyContract, type ResidencyPolicy, type ResidencySetup } from "../residency.ts"

const [experts, layers, steps, candidates] = [16, 3, 12, 4]

const setup = (fabric: Fabric, spare: number): ResidencySetup => {
  const shape = { units: fabric.units, experts, layers: [0, 1, 2] }
  const placement = makePlacement(shape, (_, e) => [Math.floor((e * fabric.units) / experts)])
  const { below } = random(9)
  const drawn = (size: number, n: number) =>
    Array.from({ length: layers }, () => Uint16Array.from({ length: size }, () => below(n)))
  return {
    fabric,
    experts,
    homes: shape.layers.map((_, layerIndex) => holdersOf(placement, layerIndex)),
    spareCopies: new Uint32Array(fabric.units).fill(spare),
    cost: costModel(fabric, 1000, 1),
    knowledge: {
      candidates,
      crossToken: drawn(experts * candidates, experts),
      prefillCounts: drawn(experts, 50).map((counts) => Uint32Array.from(counts))
    }
  }
}

const heldBy = ({ start, unit }: Holders, e: number): ReadonlyArray<number> => [
  ...unit.subarray(start[e], start[e + 1])
]

/** Drives a policy through seeded steps; tasks read from the first holder. Every moment is shown to `look`. */
const drive = (
  policy: ResidencyPolicy,
  given: ResidencySetup,
  look: (
    residency: PreparedResidency,
    layerIndex: number,
    work: LayerWork,
    before: ReadonlyArray<ReadonlyArray<number>>
  ) => void
): void => {
  const { fabric } = given
  const residency = policy.prepare(given)
  const { below } = random(4)
  const work = makeWork({
    units: fabric.units,
    experts,
    weightBytes: 1000,
    flopPerToken: 1,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  for (let step = 0; step < steps; step++) {
    for (let layerIndex = 0; layerIndex < layers; layerIndex++) {
      clearWork(work)
      const holders = residency.holders(layerIndex)
      const before = Array.from({ length: experts }, (_, e) => heldBy(holders, e))
      for (let i = 0; i < 20; i++) {
        const [e, u] = [below(experts), below(fabric.units)]
        pushTask(work, e, u, before[e]!.includes(u) ? u : before[e]![0]!, 1 + below(90))
      }
      residency.after(layerIndex, step, work)
      look(residency, layerIndex, work, before)
    }
  }
}

/** Checks of a residency policy on one machine. */
export const residencyChecks = (policy: ResidencyPolicy, fabric: Fabric): ReadonlyArray<Check> => [
  {
    name: "never loses a home, never keeps more copies than fit, lists holders ascending",
    run: Effect.sync(() => {
      for (const spare of [0, 1, 3]) {
        const given = setup(fabric, spare)
        drive(policy, given, (residency, layerIndex) => {
          const copies = new Uint32Array(fabric.units)
          for (let e = 0; e < experts; e++) {
            const now = heldBy(residency.holders(layerIndex), e)
            const home = heldBy(given.homes[layerIndex]!, e)
            assert.deepStrictEqual(
              now,
              [...new Set(now)].toSorted((a, b) => a - b)
            )
            assert.isTrue(
              home.every((u) => now.includes(u)),
              `expert ${e} left home`
            )
            for (const u of now) if (!home.includes(u)) copies[u]!++
          }
          assert.isTrue(
            copies.every((count) => count <= spare),
            `${copies.join()} copies, ${spare} fit`
          )
        })
      }
    })
  },
  {
    name: "writes every new copy once, and only what was read from another unit",
    run: Effect.sync(() =>
      drive(policy, setup(fabric, 2), (residency, layerIndex, work, before) => {
        const written = new Float64Array(fabric.units)
        for (let e = 0; e < experts; e++) {
          for (const u of heldBy(residency.holders(layerIndex), e)) {
            if (before[e]!.includes(u)) continue
            assert.isTrue(
              work.expert.subarray(0, work.count).some((x, i) => x === e && work.unit[i] === u && work.source[i] !== u),
              `expert ${e} came to unit ${u} from nowhere`
            )
            written[u]! += work.weightBytes
          }
        }
        // A copy that made way in the same step for another was written too.
        written.forEach((bytes, u) => assert.isAtLeast(work.localWriteBytes[u]!, bytes))
      })
    )
  },
  {
    name: "leaves experts at home and writes nothing, where it claims to be stateless",
    run: Effect.sync(() => {
      if (policy.stateless !== true) return
      const given = setup(fabric, 2)
      drive(policy, given, (residency, layerIndex, work) => {
        const homes = given.homes[layerIndex]!
        for (let e = 0; e < experts; e++)
          assert.deepStrictEqual(heldBy(residency.holders(layerIndex), e), heldBy(homes, e))
        assert.isTrue(work.localWriteBytes.every((bytes) => bytes === 0))
      })
    })
  },
  {
    name: "is deterministic",
    run: Effect.sync(() => {
      const told = () => {
        const all: Array<string> = []
        drive(policy, setup(fabric, 2), (residency, layerIndex, work) => {
          const held = Array.from({ length: experts }, (_, e) => heldBy(residency.holders(layerIndex), e).join())
          all.push(`${held.join("|")} ${work.localWriteBytes.join()}`)
        })
        return all
      }
      assert.deepStrictEqual(told(), told())
    })
  }
]

/** Registers the residency contract's tests for one policy on one machine. */
export const residencyConformance = (policy: ResidencyPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${residencyContract} on ${fabric.units} units`, residencyChecks(policy, fabric))
