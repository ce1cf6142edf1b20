/** A machine flattened into typed arrays, for code that runs once a layer step. */
import { greatestOf } from "@moira/core/statistics"
import type { Fabric, Machine } from "./machine.ts"
import { perMachine } from "./per-machine.ts"

/** Where a machine does not say how many expert fetches a unit keeps in flight. */
const defaultOutstandingFetches = 8

const flattened = (machine: Machine): Fabric => {
  const nodes = machine.nodes.filter((node) => node.kind === "compute")
  const units = nodes.length
  const hops = new Uint16Array(units * units)
  const routeStart = new Uint32Array(units * units + 1)
  const routeLatencyPs = new Float64Array(units * units)
  const routeBytesPerSec = new Float64Array(units * units)
  const routeLinks: Array<number> = []
  nodes.forEach((from, f) =>
    nodes.forEach((to, t) => {
      const route = machine.route(from.id, to.id)
      const pair = f * units + t
      const links = route.map((id) => machine.links[id]!)
      routeLinks.push(...route)
      hops[pair] = route.length
      routeStart[pair + 1] = routeLinks.length
      routeLatencyPs[pair] = links.reduce((sum, link) => sum + link.latencyPs, 0)
      routeBytesPerSec[pair] = Math.min(Infinity, ...links.map((link) => link.bytesPerSec))
    })
  )
  const byUnit = (value: (node: (typeof nodes)[number]) => number) => Float64Array.from(nodes, value)
  const serverOf = Uint16Array.from(nodes, (node) => node.server ?? 0)
  return {
    machine,
    units,
    serverOf,
    servers: greatestOf(serverOf) + 1,
    nodeOf: Uint32Array.from(nodes, (node) => node.id),
    hops,
    routeStart,
    routeLinks: Uint32Array.from(routeLinks),
    linkBytesPerSec: Float64Array.from(machine.links, (link) => link.bytesPerSec),
    routeLatencyPs,
    routeBytesPerSec,
    flopsPerSec: byUnit((node) => node.compute!.flopsPerSec * node.compute!.efficiency),
    taskOverheadPs: byUnit((node) => node.compute!.taskOverheadPs ?? 0),
    memoryBytesPerSec: byUnit((node) => node.memory!.bytesPerSec),
    memoryLatencyPs: byUnit((node) => node.memory!.latencyPs),
    llcBytes: byUnit((node) => node.llc?.bytes ?? 0),
    llcHitPs: byUnit((node) => node.llc?.hitPs ?? 0),
    llcMissPs: byUnit((node) => node.llc?.missPs ?? 0),
    outstandingFetches: machine.outstandingFetches ?? defaultOutstandingFetches,
    expertBytes: byUnit((node) => node.memory!.capacityBytes - node.memory!.reservedBytes)
  }
}

/** Flattens a machine, once. Every compute node must have compute and memory: the conformance kit checks that. */
export const fabricOf = perMachine(flattened)
