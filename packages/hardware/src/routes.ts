/** Routes between units: laid out in tables where these are small, else asked of the machine, pair by pair. */
import { keptRoutes } from "./kept-routes.ts"
import type { Fabric, Machine } from "./machine.ts"

/**
 * Asked by units, not nodes. Hot where there are tables: no allocation; else each question allocates its route, but for `addTo`
 * up to some thousands of units, which keeps those that it was asked for.
 */
export interface Routes {
  /** Links crossed. */
  readonly hops: (from: number, to: number) => number
  /** Latency of the links of the route, in picoseconds. */
  readonly latencyPs: (from: number, to: number) => number
  /** The narrowest link of the route; infinite to itself. */
  readonly bytesPerSec: (from: number, to: number) => number
  /** Adds `amount` to `sums`, which is by link, for each link of the route; says how many. */
  readonly addTo: (sums: Float64Array, from: number, to: number, amount: number) => number
  /** Whether all links of the route satisfy `holds`. */
  readonly every: (from: number, to: number, holds: (link: number) => boolean) => boolean
  /** Units one hop away, ascending. */
  readonly neighbours: (unit: number) => ArrayLike<number>
}

/** Up to so many units routes of all pairs are laid out: 65,536 of them, and a few dozen links each. */
const maxTabledUnits = 256

/** All U x U pairs, pair `from * U + to`; links end to end. */
export interface RouteTables {
  readonly hops: Uint16Array
  readonly routeStart: Uint32Array
  readonly routeLatencyPs: Float64Array
  readonly routeBytesPerSec: Float64Array
  readonly routeLinks: Uint32Array
}

const latencyOf = ({ links }: Machine, route: ReadonlyArray<number>): number => {
  let ps = 0
  for (const id of route) ps += links[id]!.latencyPs
  return ps
}

const narrowest = ({ links }: Machine, route: ReadonlyArray<number>): number => {
  let rate = Infinity
  for (const id of route) rate = Math.min(rate, links[id]!.bytesPerSec)
  return rate
}

/** More links than an array holds cannot be laid out. */
const maxRouteLinks = 2 ** 28

/** Asks the machine for every pair, so time and memory grow with the square of its units. */
export const routeTables = (machine: Machine, nodeOf: ArrayLike<number>): RouteTables => {
  const units = nodeOf.length
  const hops = new Uint16Array(units * units)
  const routeStart = new Uint32Array(units * units + 1)
  const routeLatencyPs = new Float64Array(units * units)
  const routeBytesPerSec = new Float64Array(units * units)
  let routeLinks = new Uint32Array(4 * units * units)
  let count = 0
  for (let pair = 0; pair < units * units; pair++) {
    const route = machine.route(nodeOf[Math.floor(pair / units)]!, nodeOf[pair % units]!)
    hops[pair] = route.length
    routeLatencyPs[pair] = latencyOf(machine, route)
    routeBytesPerSec[pair] = narrowest(machine, route)
    if (count + route.length > routeLinks.length) {
      if (2 * routeLinks.length > maxRouteLinks)
        throw new Error(`routes of all pairs of ${units} units are too long to be laid out: ask routesOf for each`)
      const larger = new Uint32Array(2 * routeLinks.length)
      larger.set(routeLinks)
      routeLinks = larger
    }
    for (const id of route) routeLinks[count++] = id
    routeStart[pair + 1] = count
  }
  return { hops, routeStart, routeLatencyPs, routeBytesPerSec, routeLinks: routeLinks.slice(0, count) }
}

/** Units that a link joins directly and whose route is that link. */
const makeNeighbours = (
  { machine, nodeOf }: Pick<Fabric, "machine" | "nodeOf">,
  hops: Routes["hops"]
): Routes["neighbours"] => {
  const unitOf = new Map(Array.from(nodeOf, (node, unit) => [node, unit] as const))
  const joined = Array.from(nodeOf, (): Array<number> => [])
  for (const { from, to } of machine.links) {
    const [a, b] = [unitOf.get(from), unitOf.get(to)]
    if (a !== undefined && b !== undefined) joined[a]!.push(b)
  }
  const near = joined.map((units, unit) =>
    [...new Set(units)].filter((other) => hops(unit, other) === 1).toSorted((a, b) => a - b)
  )
  return (unit) => near[unit]!
}

type Asked = Pick<
  Fabric,
  "machine" | "nodeOf" | "units" | "hops" | "routeStart" | "routeLinks" | "routeLatencyPs" | "routeBytesPerSec"
>

const fromTables = (fabric: Asked): Omit<Routes, "neighbours"> => {
  const { units, hops, routeStart, routeLinks, routeLatencyPs, routeBytesPerSec } = fabric
  return {
    hops: (from, to) => hops[from * units + to]!,
    latencyPs: (from, to) => routeLatencyPs[from * units + to]!,
    bytesPerSec: (from, to) => routeBytesPerSec[from * units + to]!,
    addTo: (sums, from, to, amount) => {
      const start = routeStart[from * units + to]!
      const end = routeStart[from * units + to + 1]!
      for (let i = start; i < end; i++) sums[routeLinks[i]!]! += amount
      return end - start
    },
    every: (from, to, holds) => {
      const end = routeStart[from * units + to + 1]!
      for (let i = routeStart[from * units + to]!; i < end; i++) if (!holds(routeLinks[i]!)) return false
      return true
    }
  }
}

const fromMachine = ({ machine, nodeOf }: Asked): Omit<Routes, "neighbours"> => {
  const route = (from: number, to: number) => machine.route(nodeOf[from]!, nodeOf[to]!)
  const addKept = keptRoutes(nodeOf.length, route)
  return {
    hops: (from, to) => route(from, to).length,
    latencyPs: (from, to) => latencyOf(machine, route(from, to)),
    bytesPerSec: (from, to) => narrowest(machine, route(from, to)),
    addTo: addKept,
    every: (from, to, holds) => route(from, to).every(holds)
  }
}

const known = new WeakMap<Asked, Routes>()

/** Routes of a fabric, made once: from its tables up to `maxUnits` units, else from its machine; the same either way. */
export const routesOf = (fabric: Asked, maxUnits = maxTabledUnits): Routes => {
  const made = maxUnits === maxTabledUnits ? known.get(fabric) : undefined
  if (made !== undefined) return made
  const answers = fabric.units <= maxUnits ? fromTables(fabric) : fromMachine(fabric)
  let neighbours: Routes["neighbours"] | undefined
  const routes: Routes = {
    ...answers,
    neighbours: (unit) => (neighbours ??= makeNeighbours(fabric, answers.hops))(unit)
  }
  if (maxUnits === maxTabledUnits) known.set(fabric, routes)
  return routes
}
