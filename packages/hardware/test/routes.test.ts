/** Routes asked of the machine pair by pair against the tables of all pairs; and machines too large for tables. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { makeDemand, measureDemand } from "../src/demand.ts"
import { sharedEngine } from "../src/engine.ts"
import { fabricOf } from "../src/fabric.ts"
import { duplex, type Fabric, linkIndex, type Machine } from "../src/machine.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import { routeAround } from "../src/routing/detours.ts"
import { routeO1Turn } from "../src/routing/o1turn.ts"
import { routeTorus } from "../src/routing/torus.ts"
import { routeXY } from "../src/routing/xy.ts"
import { routeYX } from "../src/routing/yx.ts"
import { routesOf } from "../src/routes.ts"
import { drawnWork } from "../src/testing/engine-rules.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { ring } from "../src/testing/ring.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import { torusPairs } from "../src/topologies/torus.ts"
import { cluster, star } from "./backends.ts"

type Link = (from: number, to: number) => number

const [columns, rows] = [5, 4]
const grid = (
  pairs: ReadonlyArray<readonly [number, number]>,
  route: (link: Link, links: Machine["links"]) => Machine["route"]
): Machine => {
  const { below } = random(1)
  const wire = { bytesPerSec: 1.7e12, latencyPs: 200_000 }
  // Links differ, so that a wrong one shows.
  const links = duplex(pairs, wire).map((link) => ({
    ...link,
    bytesPerSec: 1e12 + below(9) * 1e11,
    latencyPs: below(99)
  }))
  return { ...meshFabric(columns, rows).machine, links, route: route(linkIndex(links), links) }
}
const mesh = meshPairs(columns, rows)
const machines: Record<string, Machine> = {
  xy: grid(mesh, (link) => routeXY(columns, link)),
  yx: grid(mesh, (link) => routeYX(columns, link)),
  o1turn: grid(mesh, (link) => routeO1Turn(columns, link)),
  torus: grid(torusPairs(columns, rows), (link) => routeTorus(columns, rows, link)),
  detours: grid(
    mesh.filter((_, pair) => pair % 9 !== 4),
    (link, links) => routeAround(columns * rows, links, routeXY(columns, link))
  ),
  star: Effect.runSync(star.build(star.machines["star-8"]!)),
  cluster: Effect.runSync(cluster.build(cluster.machines["cluster-2x8"]!)),
  ring: Effect.runSync(ring.build(ring.machines["ring-8"]!))
}

/** The tables told plainly. */
const plain = (machine: Machine, { nodeOf }: Fabric, from: number, to: number) => {
  const links = machine.route(nodeOf[from]!, nodeOf[to]!).map((id) => machine.links[id]!)
  return {
    ids: links.map(({ id }) => id),
    hops: links.length,
    latencyPs: links.reduce((sum, { latencyPs }) => sum + latencyPs, 0),
    bytesPerSec: Math.min(Infinity, ...links.map(({ bytesPerSec }) => bytesPerSec))
  }
}

for (const [name, machine] of Object.entries(machines)) {
  it(`${name}: tables and single questions say what the machine says`, () => {
    const fabric = fabricOf(machine)
    const { units } = fabric
    for (const routes of [routesOf(fabric), routesOf(fabric, 0)]) {
      for (let from = 0; from < units; from++) {
        const near: Array<number> = []
        for (let to = 0; to < units; to++) {
          const { ids, hops, latencyPs, bytesPerSec } = plain(machine, fabric, from, to)
          assert.deepStrictEqual(
            [routes.hops(from, to), routes.latencyPs(from, to), routes.bytesPerSec(from, to)],
            [hops, latencyPs, bytesPerSec]
          )
          const seen: Array<number> = []
          assert.isTrue(routes.every(from, to, (link) => seen.push(link) > 0))
          assert.deepStrictEqual(seen, ids)
          assert.strictEqual(
            routes.every(from, to, (link) => link !== ids.at(-1)),
            ids.length === 0
          )
          const sums = new Float64Array(machine.links.length)
          assert.strictEqual(routes.addTo(sums, from, to, 3), hops)
          assert.deepStrictEqual(
            [...sums.keys()].filter((link) => sums[link] === 3),
            ids.toSorted((a, b) => a - b)
          )
          if (hops === 1) near.push(to)
          const pair = from * units + to
          const { routeStart, routeLinks } = fabric
          assert.deepStrictEqual([...routeLinks.subarray(routeStart[pair], routeStart[pair + 1])], ids)
        }
        assert.deepStrictEqual(Array.from(routes.neighbours(from)), near)
      }
    }
  })
}

it("layer steps on 4,096 units are timed, and their links carry what routes say", () => {
  const fabric = meshFabric(64, 64)
  const work = drawnWork(fabric, 1)
  const demand = makeDemand(fabric)
  measureDemand(fabric, work, demand)
  let hops = 0
  for (let i = 0; i < work.count; i++) {
    const [a, b] = [work.source[i]!, work.unit[i]!]
    hops += Math.abs((a % 64) - (b % 64)) + Math.abs(Math.floor(a / 64) - Math.floor(b / 64))
  }
  assert.isAbove(hops, 100)
  assert.strictEqual(demand.hops, hops)
  assert.isTrue(Number.isSafeInteger(sharedEngine(fabric, bottleneck).step(work)))
})
