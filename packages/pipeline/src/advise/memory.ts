/** How many slots for copies fit into each unit's memory, beside the experts themselves and the KV cache. */
import { leastOf } from "@moira/core/statistics"
import type { Fabric } from "@moira/hardware"
import type { Advice } from "@moira/results"
import { formatBytes } from "@moira/core"
import { PlacementError } from "@moira/placement"

export interface MemoryCase {
  readonly fabric: Fabric
  readonly title: string
  readonly experts: number
  readonly layers: number
  /** Bytes that one expert takes. */
  readonly expertBytes: number
  readonly kvReserveShare: number
  readonly maxSlots: number
}

/** Most units that a hint looks at. */
const mostUnits = 4096

/** Fewest units on which the experts fit, each with the room that units have here; undefined where not even one expert a layer does. */
export const fewestUnits = ({ fabric, experts, layers, expertBytes }: MemoryCase): number | undefined => {
  const room = roomOf(fabric)
  for (let units = 1; units <= Math.min(mostUnits, experts); units++)
    if (Math.ceil(experts / units) * layers * expertBytes <= room) return units
  return undefined
}

/** Room for experts of the unit that has the least. */
const roomOf = ({ expertBytes }: Fabric): number =>
  expertBytes.reduce((least, bytes) => Math.min(least, bytes), Infinity)

/** `units`: a number of them that would do; undefined where none is known. */
export const doesNotFit = (of: MemoryCase, units: number | undefined): PlacementError => {
  const { fabric, experts, layers, expertBytes } = of
  const taken = Math.ceil(experts / fabric.units) * layers * expertBytes
  const others = "a machine with more memory or a smaller weight format"
  return new PlacementError({
    reason: "DoesNotFit",
    where: `${of.title} on ${fabric.units} units`,
    what: `the experts of one unit take ${formatBytes(taken)}, it has room for ${formatBytes(roomOf(fabric))}`,
    hint: units === undefined ? `choose ${others}` : `give --units ${units}, ${others}`
  })
}

/** Bytes of the unit that has the least room for copies; undefined where the experts alone do not fit. */
export const copyMemory = (of: MemoryCase): Advice["memory"] | undefined => {
  const { fabric, experts, layers, expertBytes, kvReserveShare, maxSlots } = of
  const even = Math.ceil(experts / fabric.units)
  const expertsBytes = even * layers * expertBytes
  if (expertsBytes > roomOf(fabric)) return undefined
  const { nodes } = fabric.machine
  const kvBytes = Array.from(fabric.nodeOf, (id) => nodes[id]!.memory!.capacityBytes * kvReserveShare)
  const left = kvBytes.map((kv, u) => fabric.expertBytes[u]! - expertsBytes - kv)
  const tightest = left.indexOf(leastOf(left))
  const copiesBytes = Math.max(0, left[tightest]!)
  const fit = Math.floor(copiesBytes / (layers * expertBytes))
  return {
    expertsBytes,
    kvReserveBytes: Math.min(kvBytes[tightest]!, fabric.expertBytes[tightest]! - expertsBytes),
    copiesBytes,
    slotsAsked: maxSlots,
    // Slots beyond which every unit holds every expert are of no use.
    slotsConsidered: Math.min(maxSlots, fit, experts - even)
  }
}

/** Numbers of slots to compare: 0, powers of two, and the most. */
export const slotCounts = (most: number): ReadonlyArray<number> => {
  const counts = [0]
  for (let n = 1; n < most; n *= 2) counts.push(n)
  return most > 0 ? [...counts, most] : counts
}
