/** Every built-in network through the kit, and the kit on networks that break one rule each. */
import { assert, it } from "@effect/vitest"
import { builtinPlugins } from "@moira/core/testing"
import { Effect } from "effect"
import { networkKind, type NetworkModel } from "../src/network.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import { networkConformance } from "../src/testing.ts"
import { networkChecks } from "../src/testing/network-checks.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { ring } from "../src/testing/ring.ts"

const rates = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const machines = [2, 5].map((dies) => Effect.runSync(ring.build({ dies, ...rates })))
const networks = await Effect.runPromise(builtinPlugins(networkKind))
for (const machine of [...machines, meshFabric(3, 3).machine])
  for (const { plugin } of networks) networkConformance(plugin, machine)

type Step = ReturnType<NetworkModel["prepare"]>

const spoilt = (spoil: (ps: number, ...call: Parameters<Step>) => any): NetworkModel => ({
  ...bottleneck,
  prepare: (fabric) => {
    const step = bottleneck.prepare(fabric)
    return (...call) => spoil(step(...call), ...call)
  }
})

let calls = 0

const mutants: Record<string, readonly [check: RegExp, network: NetworkModel]> = {
  "another contract": [/names itself/, { ...bottleneck, contract: "network/v0" as never }],
  "an id with capitals": [/names itself/, { ...bottleneck, id: "Mine" }],
  NaN: [/whole, finite/, spoilt(() => NaN)],
  infinity: [/whole, finite/, spoilt(() => Infinity)],
  "less than nothing": [/whole, finite/, spoilt((ps) => -ps)],
  "a fraction": [/whole, finite/, spoilt((ps) => ps + 0.5)],
  "nothing for work": [/whole, finite/, spoilt(() => 0)],
  "time for no work": [/without work/, spoilt((ps) => ps + 1)],
  "half the time": [/uncontended/, spoilt((ps) => Math.ceil(ps / 2))],
  "another answer each time": [/deterministic/, spoilt((ps) => ps + (calls++ % 5))],
  "slower with more bandwidth": [
    /more bandwidth/,
    {
      ...bottleneck,
      prepare: (fabric) => {
        const step = bottleneck.prepare(fabric)
        return (...call) => step(...call) * Math.round(fabric.linkBytesPerSec[0]! / 1e11)
      }
    }
  ],
  "slower with more of everything": [
    /twice of everything/,
    {
      ...bottleneck,
      prepare: (fabric) => {
        const step = bottleneck.prepare(fabric)
        return (work, demand) => step(work, demand) + (work.count > 1 ? Math.round(fabric.flopsPerSec[0]!) : 0)
      }
    }
  ],
  "no wait for the decision": [
    /waits for the decision/,
    {
      ...bottleneck,
      prepare: (fabric) => {
        const step = bottleneck.prepare(fabric)
        return (work, demand) => step({ ...work, decidedPs: 0 }, demand)
      }
    }
  ],
  "work written to": [/leaves work/, spoilt((ps, work) => ((work.count = 0), ps))],
  "demand written to": [/leaves work/, spoilt((ps, _work, demand) => (demand.linkBytes.fill(0), ps))],
  "machine written to": [
    /leaves work/,
    {
      ...bottleneck,
      prepare: (fabric) => {
        const step = bottleneck.prepare(fabric)
        fabric.memoryLatencyPs[0]!++
        return step
      }
    }
  ]
}

for (const [name, [check, network]] of Object.entries(mutants))
  it.effect(`the kit catches a network that gives or does: ${name}`, () =>
    Effect.gen(function* () {
      const fails = yield* Effect.forEach(networkChecks(network, machines[1]!), (one) =>
        Effect.map(Effect.exit(one.run), (exit) => (exit._tag === "Failure" ? one.name : ""))
      )
      assert.match(fails.join("\n"), check)
    })
  )

it("every check of the kit catches some mutant", () => {
  for (const { name } of networkChecks(bottleneck, machines[0]!))
    assert.isTrue(
      Object.values(mutants).some(([check]) => check.test(name)),
      name
    )
})
