/** A machine flattened into typed arrays, for code that runs once a layer step. */
import { greatestOf } from "@moira/core/statistics"
import type { Fabric, Machine } from "./machine.ts"
import { type RouteTables, routeTables } from "./routes.ts"
import { perMachine } from "./per-machine.ts"

/** Where a machine does not say how many expert fetches a unit keeps in flight. */
const defaultOutstandingFetches = 8

const flattened = (machine: Machine): Fabric => {
  const nodes = machine.nodes.filter((node) => node.kind === "compute")
  const units = nodes.length
  const nodeOf = Uint32Array.from(nodes, (node) => node.id)
  let tables: RouteTables | undefined
  // Most of what runs on a large machine never asks for all pairs.
  const routes = () => (tables ??= routeTables(machine, nodeOf))
  const byUnit = (value: (node: (typeof nodes)[number]) => number) => Float64Array.from(nodes, value)
  const serverOf = Uint16Array.from(nodes, (node) => node.server ?? 0)
  return {
    machine,
    units,
    serverOf,
    servers: greatestOf(serverOf) + 1,
    nodeOf,
    get hops() {
      return routes().hops
    },
    get routeStart() {
      return routes().routeStart
    },
    get routeLinks() {
      return routes().routeLinks
    },
    get routeLatencyPs() {
      return routes().routeLatencyPs
    },
    get routeBytesPerSec() {
      return routes().routeBytesPerSec
    },
    linkBytesPerSec: Float64Array.from(machine.links, (link) => link.bytesPerSec),
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
