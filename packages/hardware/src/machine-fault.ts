/** Why a machine cannot be simulated: what no network model could survive, named before it runs. */
import type { Machine } from "./machine.ts"
import { perMachine } from "./per-machine.ts"

const notPositive = (value: number | undefined): boolean => value === undefined || !Number.isFinite(value) || value <= 0

const partFault = ({ nodes, links, outstandingFetches = 1 }: Machine): string | undefined => {
  const units = nodes.filter(({ kind }) => kind === "compute")
  if (units.length === 0) return "nodes: none computes"
  for (const { name, compute, memory } of units) {
    if (notPositive(compute?.flopsPerSec)) return `${name}: compute.flopsPerSec ${compute?.flopsPerSec}`
    if (notPositive(compute?.efficiency)) return `${name}: compute.efficiency ${compute?.efficiency}`
    if (notPositive(memory?.bytesPerSec)) return `${name}: memory.bytesPerSec ${memory?.bytesPerSec}`
    if (notPositive(memory?.capacityBytes)) return `${name}: memory.capacityBytes ${memory?.capacityBytes}`
    const latencyPs = memory?.latencyPs ?? 0
    if (!Number.isFinite(latencyPs) || latencyPs < 0) return `${name}: memory.latencyPs ${latencyPs}`
  }
  if (!Number.isSafeInteger(outstandingFetches) || outstandingFetches < 1)
    return `outstandingFetches: ${outstandingFetches}`
  const bad = links.find(({ bytesPerSec }) => notPositive(bytesPerSec))
  if (bad !== undefined) return `link ${bad.id}: bytesPerSec ${bad.bytesPerSec}`
  const late = links.find(({ latencyPs }) => !Number.isFinite(latencyPs) || latencyPs < 0)
  return late === undefined ? undefined : `link ${late.id}: latencyPs ${late.latencyPs}`
}

/** Up to so many units all pairs are looked at. */
const maxUnitsOfAllPairs = 512

/** Every unit must reach every other over links that join up; of larger machines 16 units, evenly spread, try all others both ways. */
const routeFault = ({ nodes, links, route }: Machine): string | undefined => {
  const units = nodes.filter(({ kind }) => kind === "compute")
  const all = units.length <= maxUnitsOfAllPairs
  const tried = all ? units : units.filter((_, unit) => unit % Math.ceil(units.length / 16) === 0)
  const spread = new Set(tried)
  for (const from of units) {
    for (const to of spread.has(from) ? units : tried) {
      let at = from.id
      for (const id of route(from.id, to.id)) {
        const link = links[id]
        if (link?.from !== at) return `route ${from.name} to ${to.name}: no link leads on from node ${at}`
        at = link.to
      }
      if (at !== to.id) return `route ${from.name} to ${to.name}: ends at node ${at}`
    }
  }
  return undefined
}

/** The first part of a machine that is impossible, or undefined: rates that are not above zero, latencies below it, no fetch in flight, units out of reach. */
export const machineFault = perMachine((machine) => partFault(machine) ?? routeFault(machine))
