/** The kit on residencies that break one rule each: every check must catch somebody. */
import { assert, it } from "@effect/vitest"
import { fabricOf, type Holders } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { Effect } from "effect"
import fixed from "../src/residencies/fixed.ts"
import retained from "../src/residencies/retained.ts"
import type { PreparedResidency, ResidencyPolicy } from "../src/residency.ts"
import { residencyChecks } from "../src/testing/residency-checks.ts"

const spec = { dies: 5, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))

const spoilt = (
  policy: ResidencyPolicy,
  spoil: (residency: PreparedResidency) => Partial<PreparedResidency>
): ResidencyPolicy => ({
  ...policy,
  prepare: (setup) => {
    const residency = policy.prepare(setup)
    return { ...residency, ...spoil(residency) }
  }
})

/** Every expert on the same units. */
const everywhere = (...units: ReadonlyArray<number>): Holders => ({
  start: Uint32Array.from({ length: 17 }, (_, e) => e * units.length),
  unit: Uint16Array.from({ length: 16 * units.length }, (_, i) => units[i % units.length]!)
})

let calls = 0

const mutants: Record<string, readonly [check: RegExp, policy: ResidencyPolicy]> = {
  "takes experts from home": [/never loses a home/, spoilt(fixed, () => ({ holders: () => everywhere(0) }))],
  "keeps more than fits": [/more copies than fit/, spoilt(fixed, () => ({ holders: () => everywhere(0, 1, 2, 3, 4) }))],
  "lists holders in disorder": [
    /lists holders ascending/,
    spoilt(fixed, () => ({ holders: () => everywhere(4, 3, 2, 1, 0) }))
  ],
  "writes nothing of what it keeps": [
    /writes every new copy/,
    spoilt(retained, ({ after }) => ({
      after: (layerIndex, step, work) => {
        after(layerIndex, step, work)
        work.localWriteBytes.fill(0)
      }
    }))
  ],
  "keeps copies that it claims not to keep": [/leaves experts at home/, { ...retained, stateless: true }],
  "keeps another each time": [
    /deterministic/,
    spoilt(retained, ({ after }) => ({
      after: (layerIndex, step, work) => {
        if (calls++ % 7 !== 0) after(layerIndex, step, work)
      }
    }))
  ]
}

for (const [name, [check, policy]] of Object.entries(mutants))
  it.effect(`the kit catches a residency that ${name}`, () =>
    Effect.gen(function* () {
      const fails = yield* Effect.forEach(residencyChecks(policy, fabric), (one) =>
        Effect.map(Effect.exit(one.run), (exit) => (exit._tag === "Failure" ? one.name : ""))
      )
      assert.match(fails.join("\n"), check)
    })
  )

it("every check of the kit catches some mutant", () => {
  for (const { name } of residencyChecks(fixed, fabric))
    assert.isTrue(
      Object.values(mutants).some(([check]) => check.test(name)),
      name
    )
})
