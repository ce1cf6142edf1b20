/** Engines load an expert into every slot: what lies in those that an optimizer left empty. */
import { copiesOf } from "./loads/unit-loads.ts"
import type { Placement } from "@moira/hardware"

/** Slots without expert, in all layers. */
export const emptySlots = ({ physicalToLogical }: Placement): number =>
  physicalToLogical.reduce((sum, slots) => sum + slots.reduce((n, expert) => n + (expert < 0 ? 1 : 0), 0), 0)

/**
 * Fills empty slots in ascending order, each with the expert that has the most (selections + 1) a copy among those that do
 * not lie on that unit yet, or among all where every expert does; ties go to the lowest number. Without counts that is
 * the expert with the fewest copies. Full placements come back as they are.
 */
export const fillSlots = (placement: Placement, counts?: ReadonlyArray<ArrayLike<number>>): Placement => {
  if (emptySlots(placement) === 0) return placement
  const { slotsPerUnit } = placement
  const physicalToLogical = placement.physicalToLogical.map((row, l) => {
    const slots = row.slice()
    const copies = copiesOf(slots, placement.experts)
    const loads = Float64Array.from(copies, (n, e) => ((counts?.[l]?.[e] ?? 0) + 1) / n)
    for (let slot = 0; slot < slots.length; slot++) {
      if (slots[slot]! >= 0) continue
      const first = slot - (slot % slotsPerUnit)
      const held = new Set(slots.subarray(first, first + slotsPerUnit))
      const chosen = greatest(loads, (e) => !held.has(e)) ?? greatest(loads, () => true)!
      slots[slot] = chosen
      loads[chosen]! *= copies[chosen]! / (copies[chosen]! + 1)
      copies[chosen]!++
    }
    return slots
  })
  return { ...placement, physicalToLogical }
}

const greatest = (loads: Float64Array, among: (expert: number) => boolean): number | undefined => {
  let best: number | undefined
  for (let e = 0; e < loads.length; e++) if (among(e) && (best === undefined || loads[e]! > loads[best]!)) best = e
  return best
}
