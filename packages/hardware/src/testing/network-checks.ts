/** What every network model must do, as named checks over drawn layer steps. */
import { assert } from "@effect/vitest"
import type { Check } from "@moira/core/testing"
import { random } from "@moira/core"
import { Effect } from "effect"
import { makeDemand, measureDemand } from "../demand.ts"
import { fabricOf } from "../fabric.ts"
import type { Fabric, Machine } from "../machine.ts"
import { networkContract, type NetworkModel } from "../network.ts"
import { type LayerWork, makeWork, pushTask } from "../work.ts"
import { drawnWork, faster } from "./engine-rules.ts"

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

/** One step of a network that was prepared for it alone. */
const alone = (network: NetworkModel, fabric: Fabric, work: LayerWork): number => {
  const demand = makeDemand(fabric)
  measureDemand(fabric, work, demand)
  return network.prepare(fabric)(work, demand)
}

const empty = (fabric: Fabric): LayerWork =>
  makeWork({
    units: fabric.units,
    experts: 4,
    weightBytes: 1e8,
    flopPerToken: 1e8,
    dispatchBytesPerToken: 1000,
    combineBytesPerToken: 2000
  })

/**
 * The least time of one expert that one unit fetches for itself with nothing else going on: its bytes through the narrowest
 * of the route and the memory that gives them, and its arithmetic.
 */
const uncontendedPs = (fabric: Fabric, work: LayerWork): number => {
  const [source, unit, tokens] = [work.source[0]!, work.unit[0]!, work.tokens[0]!]
  const rate = Math.min(fabric.memoryBytesPerSec[source]!, fabric.routeBytesPerSec[source * fabric.units + unit]!)
  const computePs = (1e12 * tokens * work.flopPerToken) / fabric.flopsPerSec[unit]!
  return Math.max((1e12 * work.weightBytes) / rate, computePs)
}

/** Single fetches between all units, near and far, of little and of much arithmetic. */
const singleFetches = function* (fabric: Fabric) {
  const { below } = random(5)
  for (let i = 0; i < 60; i++) {
    const work = empty(fabric)
    pushTask(work, 0, below(fabric.units), below(fabric.units), 1 + below(i % 2 === 0 ? 10 : 100_000))
    yield work
  }
}

/** Checks of a network model on one machine. */
export const networkChecks = (network: NetworkModel, machine: Machine): ReadonlyArray<Check> => {
  const fabric = fabricOf(machine)
  const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })
  return [
    check("names itself and its contract", () => {
      assert.strictEqual(network.contract, networkContract)
      assert.match(network.id, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    }),
    check("gives whole, finite picoseconds, above 0 where there is work", () => {
      for (const seed of seeds) {
        const ps = alone(network, fabric, drawnWork(fabric, seed))
        assert.isTrue(Number.isSafeInteger(ps) && ps > 0, `seed ${seed}: a step takes ${ps} ps`)
      }
    }),
    check("takes no time for a step without work", () => assert.strictEqual(alone(network, fabric, empty(fabric)), 0)),
    check("is never faster than the closed form of an uncontended transfer", () => {
      for (const work of singleFetches(fabric)) {
        // Rounding to whole picoseconds may differ by one.
        assert.isAtLeast(alone(network, fabric, work) + 1, uncontendedPs(fabric, work))
      }
    }),
    check("is deterministic and remembers nothing of other steps", () => {
      const works = seeds.map((seed) => drawnWork(fabric, seed))
      const step = network.prepare(fabric)
      const demand = makeDemand(fabric)
      const times = [...works, ...works.toReversed()].map((work) => {
        measureDemand(fabric, work, demand)
        return step(work, demand)
      })
      const each = works.map((work) => alone(network, fabric, work))
      assert.deepStrictEqual(times, [...each, ...each.toReversed()])
    }),
    check("is never slower for one fetch with more bandwidth or arithmetic", () => {
      for (const [what, change] of Object.entries(faster)) {
        const quick = fabricOf(change(machine))
        for (const work of singleFetches(fabric)) {
          assert.isAtMost(alone(network, quick, work), alone(network, fabric, work), `twice the ${what}`)
        }
      }
    }),
    check("is never slower with twice of everything", () => {
      const quick = fabricOf(Object.values(faster).reduce((whole, change) => change(whole), machine))
      for (const seed of seeds) {
        const [fast, slow] = [quick, fabric].map((one) => alone(network, one, drawnWork(fabric, seed)))
        assert.isAtMost(fast!, slow!, `seed ${seed}`)
      }
    }),
    check("waits for the decision", () => {
      const work = drawnWork(fabric, 3)
      work.decidedPs = alone(network, fabric, work) * 3
      assert.isAtLeast(alone(network, fabric, work), work.decidedPs)
    }),
    check("leaves work, demand and machine alone", () => {
      const work = drawnWork(fabric, 4)
      const demand = makeDemand(fabric)
      measureDemand(fabric, work, demand)
      const { machine: _, ...numbers } = fabric
      const before = structuredClone({ work, demand, numbers })
      network.prepare(fabric)(work, demand)
      assert.deepStrictEqual({ work, demand, numbers }, before)
    })
  ]
}
