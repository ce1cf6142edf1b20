/** Switches, hierarchies and broken meshes against the kit and against plain tellings. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import bottleneck from "../src/networks/bottleneck.ts"
import { dependencyCycle } from "../src/routing/deadlock.ts"
import { duplex, type Link, linkIndex, type Machine } from "../src/machine.ts"
import { fabricOf } from "../src/fabric.ts"
import { islands } from "../src/topologies/islands.ts"
import { makeWork, pushTask } from "../src/work.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import { routeAround } from "../src/routing/detours.ts"
import { routeO1Turn } from "../src/routing/o1turn.ts"
import { routeTorus } from "../src/routing/torus.ts"
import { routeXY } from "../src/routing/xy.ts"
import { routeYX } from "../src/routing/yx.ts"
import { sharedEngine } from "../src/engine.ts"
import { torusPairs } from "../src/topologies/torus.ts"
import { conformance } from "../src/testing.ts"
import { random } from "@moira/core"
import { cluster, type ClusterSpec, grid, star } from "./backends.ts"

const made = (machine: string, quantity: string, value: number) => ({
  published: [{ machine, quantity, value, tolerance: 0, source: "by construction" }]
})
conformance(star, {
  specs: [{ ports: 2, bytesPerSec: 1 }],
  refused: [{ ports: 1, bytesPerSec: 1 }],
  calibration: made("star-8", "longestRouteHops", 2)
})
const oneNode: ClusterSpec = {
  nodes: 1,
  unitsPerNode: 3,
  nicsPerNode: 1,
  insideBytesPerSec: 1e12,
  nicBytesPerSec: 5e10
}
conformance(cluster, {
  specs: [oneNode, { ...oneNode, nodes: 3 }, { ...oneNode, nodes: 2, unitsPerNode: 1 }],
  refused: [
    { ...oneNode, nicsPerNode: 4 },
    { ...oneNode, nodes: 0 }
  ],
  calibration: made("cluster-2x8", "longestRouteHops", 4)
})
const whole = { columns: 4, rows: 4, dead: [] }
conformance(grid, {
  specs: [{ columns: 2, rows: 2, dead: [] }],
  faults: [
    [whole, { ...whole, dead: [9] }],
    [whole, { ...whole, dead: [0, 11, 20] }]
  ],
  refused: [{ ...whole, columns: 1 }],
  calibration: made("grid-4x4", "links", 48)
})

/** Fewest links between all pairs, by relaxing over and over: no queue, no shared code. */
const plainHops = (nodes: number, links: ReadonlyArray<Link>): ReadonlyArray<ReadonlyArray<number>> => {
  const hops = Array.from({ length: nodes }, (_, a) =>
    Array.from({ length: nodes }, (__, b) => (a === b ? 0 : Infinity))
  )
  for (let round = 0; round < nodes; round++)
    for (const { from, to } of links) for (const row of hops) row[to] = Math.min(row[to]!, row[from]! + 1)
  return hops
}

it("a shared NIC is shared, one's own is not, and the node's switch is no bottleneck", () => {
  const machine = (nicsPerNode: number) =>
    Effect.runSync(cluster.build({ ...cluster.machines["cluster-2x8"]!, nicsPerNode }))
  const stepPs = (m: Machine, reads: ReadonlyArray<readonly [source: number, unit: number]>) => {
    const work = makeWork({
      units: 16,
      experts: 8,
      weightBytes: 50e6,
      flopPerToken: 1,
      dispatchBytesPerToken: 1,
      combineBytesPerToken: 1
    })
    for (const [i, [source, unit]] of reads.entries()) pushTask(work, i, unit, source, 1)
    return sharedEngine(fabricOf(m), bottleneck).step(work)
  }
  // Units 0 and 1 share a NIC where a node has four; 50 MB over 50 GB/s are 1 ms.
  const across = [
    [0, 8],
    [1, 10]
  ] as const
  assert.strictEqual(stepPs(machine(8), across), 1e9)
  assert.strictEqual(stepPs(machine(4), across), 2e9)
  const inside = [
    [0, 2],
    [1, 3]
  ] as const
  assert.strictEqual(stepPs(machine(4), inside), Math.ceil((50e6 / 450e9) * 1e12))
})

it("leads round broken links by a shortest way, keeps whole routes, and is the same every time", () => {
  const [columns, rows] = [5, 4]
  const nodes = columns * rows
  let detours = 0
  for (let seed = 0; seed < 40; seed++) {
    const { below } = random(seed)
    const broken = new Set(Array.from({ length: 1 + below(6) }, () => below(meshPairs(columns, rows).length)))
    const pairs = meshPairs(columns, rows).filter((_, i) => !broken.has(i))
    const links = duplex(pairs, { bytesPerSec: 1, latencyPs: 0 })
    const planned = (seed % 2 === 0 ? routeXY : routeYX)(columns, linkIndex(links))
    const [route, again] = [routeAround(nodes, links, planned), routeAround(nodes, links, planned)]
    const best = plainHops(nodes, links)
    for (let to = nodes - 1; to >= 0; to--) for (let from = 0; from < nodes; from++) again(from, to)
    for (let from = 0; from < nodes; from++) {
      for (let to = 0; to < nodes; to++) {
        const path = route(from, to)
        assert.deepStrictEqual(path, again(from, to))
        if (best[from]![to] === Infinity) {
          assert.include(path, -1, "a way to where none leads")
          continue
        }
        let at = from
        for (const id of path) {
          assert.strictEqual(links[id]!.from, at)
          at = links[id]!.to
        }
        assert.strictEqual(at, to)
        assert.strictEqual(path.length, best[from]![to])
        const plan = planned(from, to)
        if (plan.includes(-1)) detours++
        else assert.deepStrictEqual(path, plan)
      }
    }
  }
  assert.isAbove(detours, 1000)
})

it("finds what has fallen apart", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { below } = random(seed)
    const pairs = meshPairs(4, 3).filter(() => below(2) === 0)
    const links = duplex(pairs, { bytesPerSec: 1, latencyPs: 0 })
    const groups = islands(12, links)
    const hops = plainHops(12, links)
    const groupOf = Array.from({ length: 12 }, (_, node) => groups.findIndex((group) => group.includes(node)))
    for (let a = 0; a < 12; a++)
      for (let b = 0; b < 12; b++) assert.strictEqual(groupOf[a] === groupOf[b], hops[a]![b]! < Infinity)
    assert.strictEqual(groups.flat().length, 12)
    for (let i = 1; i < groups.length; i++) assert.isAtMost(groups[i]!.length, groups[i - 1]!.length)
  }
})

const routedMesh = (
  columns: number,
  rows: number,
  pairs: ReadonlyArray<readonly [number, number]>,
  route: (link: (from: number, to: number) => number, links: ReadonlyArray<Link>) => Machine["route"]
): Machine => {
  const links = duplex(pairs, { bytesPerSec: 1, latencyPs: 0 })
  const nodes = Array.from({ length: columns * rows }, (_, id) => ({ id, name: `${id}`, kind: "compute" as const }))
  return { nodes, links, commandBytes: 0, route: route(linkIndex(links), links) }
}

it("tells which routes can deadlock: XY and YX never, O1TURN, a torus and some detours on one channel", () => {
  const mesh = meshPairs(4, 4)
  assert.isUndefined(dependencyCycle(routedMesh(4, 4, mesh, (link) => routeXY(4, link))))
  assert.isUndefined(dependencyCycle(routedMesh(4, 4, mesh, (link) => routeYX(4, link))))
  // A ring of three has one-hop routes only; of four, two links can wait for each other all the way round.
  assert.isUndefined(dependencyCycle(routedMesh(3, 1, torusPairs(3, 1), (link) => routeTorus(3, 1, link))))
  const broken = meshPairs(4, 4).filter((_, pair) => pair !== 9)
  const cyclic = {
    o1turn: routedMesh(4, 4, mesh, (link) => routeO1Turn(4, link)),
    torus: routedMesh(4, 4, torusPairs(4, 4), (link) => routeTorus(4, 4, link)),
    detours: routedMesh(4, 4, broken, (link, links) => routeAround(16, links, routeXY(4, link)))
  }
  for (const [name, machine] of Object.entries(cyclic)) {
    const cycle = dependencyCycle(machine)
    if (cycle === undefined) throw new Error(`${name} is said to be free of deadlock`)
    const all = machine.nodes.flatMap((a) => machine.nodes.map((b) => machine.route(a.id, b.id).join(",")))
    for (const [i, link] of cycle.entries()) {
      const asked = `${link},${cycle[(i + 1) % cycle.length]!}`
      assert.isTrue(
        all.some((route) => `,${route},`.includes(`,${asked},`)),
        `${name}: no route crosses ${asked}`
      )
    }
  }
})
