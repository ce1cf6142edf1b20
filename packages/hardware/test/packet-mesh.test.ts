/**
 * The event-driven network against a cycle-accurate mesh. First the mesh itself: the laws that cycle-accurate simulators of
 * its kind keep on 5 x 5 nodes with XY routing. Then completion times of fixed traffic.
 */
import { assert, describe, it } from "@effect/vitest"
import { meshPairs } from "../src/topologies/mesh.ts"
import { routeXY } from "../src/routing/xy.ts"
import { random } from "@moira/core"
import {
  distance,
  flowErrors,
  modelledCycles,
  nodes,
  packetCycles,
  routers,
  side,
  summary,
  traffic
} from "./mesh-traffic.ts"
import { makePacketMesh, type PacketMeshOptions } from "./packet-mesh.ts"

type Router = Pick<PacketMeshOptions, "channels" | "bufferFlits">
const mesh = (router: Router) => makePacketMesh({ columns: side, rows: side, ...router })
const all = Array.from({ length: nodes }, (_, node) => node)

/** Share of its packets that each node sends to each other one. */
type Pattern = ReadonlyArray<ReadonlyArray<number>>
const pattern = (weight: (from: number, to: number) => number): Pattern =>
  all.map((from) => {
    const row = all.map((to) => (to === from ? 0 : weight(from, to)))
    const sum = row.reduce((a, b) => a + b, 0)
    return row.map((w) => w / sum)
  })
const uniform = pattern(() => 1)
const neighbours = pattern((a, b) => (distance(a, b) === 1 ? 1 : 0))
const half = uniform.map((row, from) => row.map((share, to) => (share + neighbours[from]![to]!) / 2))
const zipf = pattern((_, to) => 1 / (1 + ((to * 7 + 3) % nodes)))

/** Flits a node and cycle at which the busiest link, entry or exit is full. */
const linkBound = (shares: Pattern): number => {
  const ends = meshPairs(side, side).flatMap(([a, b]) => [`${a}>${b}`, `${b}>${a}`])
  const route = routeXY(side, (from, to) => ends.indexOf(`${from}>${to}`))
  const load = ends.map(() => 0)
  const exit = all.map(() => 0)
  shares.forEach((row, from) =>
    row.forEach((share, to) => {
      exit[to]! += share
      for (const id of route(from, to)) load[id]! += share
    })
  )
  return 1 / Math.max(1, ...load, ...exit)
}

/** What comes out of what is offered, packets of 4 flits at `load` flits a node and cycle, after a start of a third. */
const accepted = (shares: Pattern, load: number, router: Router, cycles: number): number => {
  const network = mesh(router)
  const draw = random(5)
  const upTo = shares.map((row) => {
    let sum = 0
    return row.map((share) => (sum += share))
  })
  let offered = 0
  const run = (n: number): void => {
    for (let cycle = 0; cycle < n; cycle++) {
      for (const from of all) {
        if (draw.uniform() >= load / 4) continue
        const at = draw.uniform()
        const to = upTo[from]!.findIndex((sum) => at < sum)
        network.send(from, to < 0 ? nodes - 1 : to, 4, 0)
        offered += 4
      }
      network.step(() => {})
    }
  }
  run(cycles / 3)
  const [before, out] = [offered, network.out()]
  run(cycles)
  return (network.out() - out) / (offered - before)
}

describe("the packet mesh", () => {
  it("takes 2 + 4 x routers + flits - 1 cycles without traffic, for every pair and whatever its buffers hold", () => {
    for (const router of [routers["8 x 16 flits"], { channels: 1, bufferFlits: 6 }]) {
      for (const from of all) {
        for (const to of all) {
          const flits = 1 + ((from * 7 + to) % 20)
          const network = mesh(router)
          let done = 0
          network.send(from, to, flits, 0)
          for (let cycle = 0; cycle < 100; cycle++) network.step(() => (done = network.now()))
          assert.strictEqual(done, 2 + 4 * (distance(from, to) + 1) + flits - 1, `${from} to ${to}, ${flits} flits`)
        }
      }
    }
  })

  it("loses nothing and gives every packet to its target", () => {
    const network = mesh({ channels: 2, bufferFlits: 4 })
    const draw = random(1)
    const targets: Array<number> = []
    let [sent, arrived] = [0, 0]
    for (let cycle = 0; cycle < 1500 || arrived < targets.length; cycle++) {
      assert.isBelow(cycle, 20_000, "packets wait for each other for ever")
      for (const from of cycle < 1500 ? all : []) {
        const [to, flits] = [draw.below(nodes), 1 + draw.below(9)]
        if (draw.below(10) > 0) continue
        network.send(from, to, flits, targets.length)
        targets.push(to)
        sent += flits
      }
      network.step((tag, to) => {
        assert.strictEqual(to, targets[tag])
        arrived++
      })
    }
    assert.isAbove(arrived, 3000)
    assert.strictEqual(network.out(), sent)
  })

  // Reference: highest stable load as a share of the link bound, measured on simulators of this class.
  const stable = (shares: Pattern, share: number, router: Router) =>
    accepted(shares, share * linkBound(shares), router, 4500) > 0.98

  it("uniform traffic saturates at 0.73 to 0.91 of the link bound, by what the routers hold", () => {
    const [small, middle, large] = Object.values(routers) as [Router, Router, Router]
    assert.approximately(linkBound(uniform), 0.8, 1e-9)
    assert.isTrue(stable(uniform, 0.69, small))
    assert.isFalse(stable(uniform, 0.78, small))
    assert.isTrue(stable(uniform, 0.86, middle))
    assert.isFalse(stable(uniform, 0.96, middle))
    assert.isTrue(stable(uniform, 0.89, large))
  })

  it("half to neighbours saturates at about 0.955, a Zipf hot spot at 1.00", () => {
    const middle = routers["8 x 16 flits"]
    assert.isTrue(stable(half, 0.93, middle))
    assert.isFalse(stable(half, 1.02, middle))
    assert.isTrue(stable(zipf, 0.97, middle))
    assert.isFalse(stable(zipf, 1.06, middle))
  })
})

describe("flow against the packet mesh", () => {
  // Routers that hold what a link has under way, as those of a wafer's long links must. Smaller ones, which hold uniform
  // traffic up by more than 10 %, are measured beside them in docs/results/validation.md by bench/mesh-table.ts.
  const large = routers["16 x 64 flits"]
  for (const name of Object.keys(traffic)) {
    it(`${name}: completion within 10 % in the median, 20 % at worst`, () => {
      const { median, worst } = summary(flowErrors(name, [1, 2, 3], large))
      assert.isAtMost(Math.abs(median), 0.1, `median ${median}`)
      assert.isAtMost(Math.abs(worst), 0.2, `worst ${worst}`)
    })
  }

  it("nothing is faster than the closed form, neither the packets nor the flows", () => {
    for (const { inFlight, draw } of Object.values(traffic)) {
      const fetches = draw(11).slice(0, 80)
      const { flow, closedForm } = modelledCycles(fetches, inFlight)
      assert.isAtLeast(packetCycles(fetches, inFlight, large), closedForm)
      assert.isAtLeast(flow, closedForm)
    }
  })
})
