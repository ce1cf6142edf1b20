/** The kit on allocators that break one rule each: every check must catch somebody. */
import { assert, it } from "@effect/vitest"
import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { Effect } from "effect"
import type { AllocateStep, AllocationPolicy } from "../src/allocator.ts"
import atHome from "../src/allocators/at-home.ts"
import balance from "../src/allocators/balance.ts"
import evenBlocks from "../src/allocators/even-blocks.ts"
import { allocatorChecks } from "../src/testing/allocator-checks.ts"

const spec = { dies: 5, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))

const spoilt = (spoil: (...call: Parameters<AllocateStep>) => number | void): AllocationPolicy => ({
  ...atHome,
  prepare: (setup) => {
    const step = atHome.prepare(setup)
    return (...call) => step(...call) ?? spoil(...call)
  }
})
const first = (allocation: Uint32Array): number => allocation.findIndex((tokens) => tokens > 0)

let calls = 0

const mutants: Record<string, readonly [check: RegExp, policy: AllocationPolicy]> = {
  "hands out half the tokens": [
    /hands out every token/,
    spoilt((_requests, _holders, allocation) => allocation.forEach((n, i) => (allocation[i] = n >> 1)))
  ],
  "hands out a token twice": [
    /hands out every token/,
    spoilt((_requests, _holders, allocation) => void allocation[first(allocation)]!++)
  ],
  "hands out nothing": [/hands out every token/, spoilt((_requests, _holders, allocation) => void allocation.fill(0))],
  "gives to another expert": [
    /hands out every token/,
    spoilt((_requests, _holders, allocation) => allocation.set(allocation.toReversed()))
  ],
  "takes NaN cycles": [/finite number of cycles/, spoilt(() => NaN)],
  "takes cycles back": [/finite number of cycles/, spoilt(() => -1)],
  "takes other cycles each time": [/deterministic/, spoilt(() => calls++)],
  "goes on dealing where it was": [/goes by nothing of earlier steps/, { ...evenBlocks, stateless: true }],
  "starts with its last split": [/goes by nothing of earlier steps/, { ...balance, stateless: true }],
  "writes to the requests": [/leaves its inputs alone/, spoilt((expertTokens) => void expertTokens.fill(7))],
  "writes to the holders": [/leaves its inputs alone/, spoilt((_requests, { unit }) => void unit.fill(0))]
}

for (const [name, [check, policy]] of Object.entries(mutants))
  it.effect(`the kit catches an allocator that ${name}`, () =>
    Effect.gen(function* () {
      const fails = yield* Effect.forEach(allocatorChecks(policy, fabric), (one) =>
        Effect.map(Effect.exit(one.run), (exit) => (exit._tag === "Failure" ? one.name : ""))
      )
      assert.match(fails.join("\n"), check)
    })
  )

it("every check of the kit catches some mutant", () => {
  for (const { name } of allocatorChecks(atHome, fabric))
    assert.isTrue(
      Object.values(mutants).some(([check]) => check.test(name)),
      name
    )
})
