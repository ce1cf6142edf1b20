/** Published numbers that a machine must reproduce: the only guard against a wrong unit, such as bits for bytes. */
import { Schema } from "effect"
import type { Machine } from "../machine.ts"
import { endPairs } from "./graph.ts"

const computing = (machine: Machine) => machine.nodes.filter((node) => node.kind === "compute")
const total = (machine: Machine, value: (node: Machine["nodes"][number]) => number) =>
  computing(machine).reduce((sum, node) => sum + value(node), 0)

/** What can be read off any machine, by name. */
export const quantities = {
  units: (m: Machine) => computing(m).length,
  links: (m: Machine) => m.links.length,
  longestRouteHops: (m: Machine) => Math.max(...[...endPairs(m)].map(([from, to]) => m.route(from, to).length)),
  peakFlopsPerSec: (m: Machine) => total(m, (node) => node.compute!.flopsPerSec),
  achievedFlopsPerSecOfUnit: (m: Machine) =>
    total(m, (n) => n.compute!.flopsPerSec * n.compute!.efficiency) / computing(m).length,
  memoryBytes: (m: Machine) => total(m, (node) => node.memory!.capacityBytes),
  memoryBytesPerSecOfUnit: (m: Machine) => total(m, (node) => node.memory!.bytesPerSec) / computing(m).length,
  linkBytesPerSec: (m: Machine) => m.links.reduce((sum, link) => sum + link.bytesPerSec, 0) / m.links.length,
  linkLatencyPs: (m: Machine) => m.links.reduce((sum, link) => sum + link.latencyPs, 0) / m.links.length
}

/** `calibration.json` of a backend. */
export const Calibration = Schema.Struct({
  published: Schema.NonEmptyArray(
    Schema.Struct({
      machine: Schema.String,
      quantity: Schema.Literals(Object.keys(quantities) as ReadonlyArray<keyof typeof quantities>),
      value: Schema.Finite,
      /** Relative: 0.05 is 5 %. */
      tolerance: Schema.Finite,
      source: Schema.NonEmptyString
    })
  )
})
export type Calibration = typeof Calibration.Type
