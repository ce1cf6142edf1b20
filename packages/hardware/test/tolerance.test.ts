/** `flow` with a tolerance against exact `flow`: how far off it is, and what it keeps. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { fabricOf } from "../src/fabric.ts"
import type { Fabric, Machine } from "../src/machine.ts"
import { duplex, linkIndex } from "../src/machine.ts"
import { withTolerance } from "../src/network.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import flow from "../src/networks/flow.ts"
import { sharedEngine } from "../src/engine.ts"
import { routeTorus } from "../src/routing/torus.ts"
import { networkConformance } from "../src/testing.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { torusPairs } from "../src/topologies/torus.ts"
import { type LayerWork, makeWork, pushTask } from "../src/work.ts"
import { cluster } from "./backends.ts"

const torus = (columns: number, rows: number): Machine => {
  const links = duplex(torusPairs(columns, rows), { bytesPerSec: 1.7e12, latencyPs: 200_000 })
  return { ...meshFabric(columns, rows).machine, links, route: routeTorus(columns, rows, linkIndex(links)) }
}

const machines: Record<string, Fabric> = {
  "mesh of 25": meshFabric(5, 5, { outstandingFetches: 128 }),
  "mesh of 9, 3 in flight": meshFabric(3, 3, { outstandingFetches: 3 }),
  "torus of 16": fabricOf(torus(4, 4)),
  "two servers of 8": fabricOf(Effect.runSync(cluster.build(cluster.machines["cluster-2x8"]!)))
}

/** Who computes what: in equal pieces all over, in blocks in turn, or mostly where experts lie. */
const strategies = { pieces: 4, blocks: 1, home: 0 } as const

/** A layer step of skewed experts that lie contiguously, with activations. */
const drawnStep = ({ units }: Fabric, strategy: keyof typeof strategies, seed: number): LayerWork => {
  const [experts, tokens] = [64, 400]
  const { below, uniform } = random(seed)
  const work = makeWork({
    units,
    experts,
    weightBytes: 44e6,
    flopPerToken: 88e6,
    dispatchBytesPerToken: 7168,
    combineBytesPerToken: 14_336
  })
  let turn = 0
  for (let e = 0; e < experts; e++) {
    const asked = Math.ceil((tokens * 0.2) / (0.05 + uniform()))
    const home = Math.floor((e * units) / experts)
    const places = strategy === "home" ? 1 : strategy === "pieces" ? 4 : Math.min(units, Math.ceil(asked / 50))
    for (let i = 0; i < places; i++) {
      const unit = strategy === "home" ? (below(8) === 0 ? below(units) : home) : turn
      turn = (turn + 1) % units
      pushTask(work, e, unit, home, Math.ceil(asked / places))
    }
  }
  for (let i = 0; i < 4000; i++) work.tokenCopies[below(units) * units + below(units)]!++
  return work
}

for (const tolerance of [2e-4, 1e-3]) {
  it(`${tolerance} of a step: no step is off by more than ten times that, few by more than three times, and all together by less than once`, () => {
    const errors: Array<number> = []
    for (const [name, fabric] of Object.entries(machines)) {
      const [exact, near, closed] = [flow, withTolerance(flow, tolerance), bottleneck].map((network) =>
        sharedEngine(fabric, network)
      )
      for (const strategy of Object.keys(strategies) as Array<keyof typeof strategies>) {
        for (let seed = 0; seed < 8; seed++) {
          const work = drawnStep(fabric, strategy, seed)
          const ps = near!.step(work)
          assert.isAtLeast(ps, closed!.step(work), `${name}, ${strategy}, seed ${seed}: faster than the closed form`)
          assert.isTrue(Number.isSafeInteger(ps))
          errors.push(ps / exact!.step(work) - 1)
          assert.isAtMost(Math.abs(errors.at(-1)!), 10 * tolerance, `${name}, ${strategy}, seed ${seed}`)
        }
      }
    }
    const mean = errors.reduce((a, b) => a + b, 0) / errors.length
    assert.isAtMost(Math.abs(mean), tolerance)
    assert.isTrue(
      errors.some((error) => error !== 0),
      "a tolerance that changes nothing"
    )
    const far = errors.filter((error) => Math.abs(error) > 3 * tolerance)
    assert.isAtMost(far.length, errors.length / 20)
  })
}

it("a tolerance of 0 is exact", () => {
  const fabric = machines["mesh of 25"]!
  for (let seed = 0; seed < 3; seed++) {
    const work = drawnStep(fabric, "pieces", seed)
    const [exact, zero] = [flow, withTolerance(flow, 0)].map((network) => sharedEngine(fabric, network).step(work))
    assert.strictEqual(exact, zero)
  }
})

// What every network keeps, it keeps with a tolerance too.
networkConformance(withTolerance(flow, 2e-4), torus(3, 3))
