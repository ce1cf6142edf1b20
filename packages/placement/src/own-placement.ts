/** Placements as plug-ins give them: whether they are any, and as data that their maker cannot change later. */
import type { Placement } from "@moira/hardware"

/** Whether a value has the fields of a placement; whether it is a sound one is another question. */
export const isPlacement = (value: unknown): value is Placement => {
  if (typeof value !== "object" || value === null) return false
  const { layers, physicalToLogical, ...of } = value as Partial<Placement>
  return (
    [of.units, of.slotsPerUnit, of.experts].every((n) => Number.isInteger(n)) &&
    Array.isArray(layers) &&
    Array.isArray(physicalToLogical) &&
    physicalToLogical.every((slots) => slots instanceof Int32Array)
  )
}

/** A placement that its maker cannot change later, and that says nothing more of itself. */
export const ownPlacement = ({
  units,
  slotsPerUnit,
  experts,
  layers,
  physicalToLogical,
  note
}: Placement): Placement => ({
  units,
  slotsPerUnit,
  experts,
  layers: [...layers],
  physicalToLogical: physicalToLogical.map((slots) => slots.slice()),
  ...(typeof note === "string" ? { note } : {})
})
