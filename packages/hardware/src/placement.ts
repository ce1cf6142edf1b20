/** Where experts lie: which unit holds which expert of which layer. */
import { greatestOf } from "@moira/core/statistics"

/**
 * Slots of all units end to end: unit `u` owns slots `u * slotsPerUnit` to `(u + 1) * slotsPerUnit` of each layer,
 * and `physicalToLogical[layerIndex][slot]` is the expert that lies there, -1 for none.
 */
export interface Placement {
  readonly units: number
  readonly slotsPerUnit: number
  readonly experts: number
  /** Real layer numbers, in the order of `physicalToLogical`. */
  readonly layers: ReadonlyArray<number>
  readonly physicalToLogical: ReadonlyArray<Int32Array>
  /** What its optimizer has to say of it, such as a proof, in one line. */
  readonly note?: string
  /** Which requests of a trace it was made by, so that others can judge it. */
  readonly placedBy?: PlacedBy
}

/** Of the trace with this content, the requests that a seeded split does not hold out. */
export interface PlacedBy {
  readonly trace: string
  readonly heldOutShare: number
  readonly seed: number
}

/** Units that hold each expert of one layer, ascending: expert `e` owns `unit[start[e]]` to `unit[start[e + 1]]`. */
export interface Holders {
  readonly start: Uint32Array
  readonly unit: Uint16Array
}

/** The holders of one layer; a unit with two copies of an expert counts once. */
export const holdersOf = (placement: Placement, layerIndex: number): Holders => {
  const { slotsPerUnit, experts } = placement
  const slots = placement.physicalToLogical[layerIndex]!
  const units = Array.from({ length: experts }, () => new Set<number>())
  slots.forEach((expert, slot) => {
    if (expert >= 0) units[expert]!.add(Math.floor(slot / slotsPerUnit))
  })
  const start = new Uint32Array(experts + 1)
  units.forEach((held, e) => (start[e + 1] = start[e]! + held.size))
  return { start, unit: Uint16Array.from(units.flatMap((held) => [...held])) }
}

/** A placement from `unitsOf(layerIndex, expert)`, with as many slots a unit as the fullest one needs. */
export const makePlacement = (
  shape: { readonly units: number; readonly experts: number; readonly layers: ReadonlyArray<number> },
  unitsOf: (layerIndex: number, expert: number) => ReadonlyArray<number>
): Placement => {
  const { units, experts, layers } = shape
  const held = layers.map((_, layerIndex) => {
    const byUnit = Array.from({ length: units }, (): Array<number> => [])
    for (let e = 0; e < experts; e++) for (const u of unitsOf(layerIndex, e)) byUnit[u]!.push(e)
    return byUnit
  })
  const slotsPerUnit = Math.max(1, greatestOf(held.flatMap((byUnit) => byUnit.map((list) => list.length))))
  const physicalToLogical = held.map((byUnit) => {
    const slots = new Int32Array(units * slotsPerUnit).fill(-1)
    byUnit.forEach((list, u) => slots.set(list, u * slotsPerUnit))
    return slots
  })
  return { units, slotsPerUnit, experts, layers, physicalToLogical }
}

/** Whether two placements put the same experts into the same slots; what their optimizers say of them is left out. */
export const samePlacement = (a: Placement, b: Placement): boolean =>
  a.units === b.units &&
  a.slotsPerUnit === b.slotsPerUnit &&
  a.experts === b.experts &&
  sameNumbers(a.layers, b.layers) &&
  a.physicalToLogical.length === b.physicalToLogical.length &&
  a.physicalToLogical.every((slots, layerIndex) => sameNumbers(slots, b.physicalToLogical[layerIndex]!))

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Why a placement cannot be used, or `undefined`: every expert of every layer must lie somewhere. */
export const placementFault = (placement: Placement): string | undefined => {
  const { units, slotsPerUnit, experts, layers, physicalToLogical } = placement
  if (physicalToLogical.length !== layers.length) return `${physicalToLogical.length} rows for ${layers.length} layers`
  for (const [index, slots] of physicalToLogical.entries()) {
    const layer = layers[index]!
    if (slots.length !== units * slotsPerUnit)
      return `layer ${layer} has ${slots.length} slots, not ${units * slotsPerUnit}`
    const seen = new Uint8Array(experts)
    for (const expert of slots) {
      if (expert < -1 || expert >= experts) return `layer ${layer} names expert ${expert} of ${experts}`
      if (expert >= 0) seen[expert] = 1
    }
    const lost = seen.indexOf(0)
    if (lost >= 0) return `layer ${layer} places expert ${lost} nowhere`
  }
  return undefined
}
