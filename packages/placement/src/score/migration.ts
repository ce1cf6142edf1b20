/** What it takes to get from one placement to another, and what a placement wastes. */
import type { Placement } from "@moira/hardware"

export interface Migration {
  /** Slots of units that hold another expert than before; slots that become empty cost nothing. */
  readonly slots: number
  readonly bytes: number
  /** Of them, experts that their unit did not hold at all and so must come from elsewhere. */
  readonly fetched: number
  readonly fetchedBytes: number
}

/**
 * Compares slot by slot of each unit; the layouts may differ in slots a unit, and slots beyond those of `present` held
 * nothing. `expertBytes` is what one expert takes.
 */
export const migration = (present: Placement, next: Placement, expertBytes: number): Migration => {
  let [changed, fetched] = [0, 0]
  next.physicalToLogical.forEach((row, l) => {
    const before = present.physicalToLogical[l]!
    for (let u = 0; u < next.units; u++) {
      const held = before.subarray(u * present.slotsPerUnit, (u + 1) * present.slotsPerUnit)
      for (let i = 0; i < next.slotsPerUnit; i++) {
        const expert = row[u * next.slotsPerUnit + i]!
        if (expert < 0 || held[i] === expert) continue
        changed++
        if (!held.includes(expert)) fetched++
      }
    }
  })
  return { slots: changed, bytes: changed * expertBytes, fetched, fetchedBytes: fetched * expertBytes }
}

/** Copies, over all layers, that share a unit with another copy of their expert: slots wasted. */
export const copiesSharingUnit = ({ units, slotsPerUnit, physicalToLogical }: Placement): number =>
  physicalToLogical.reduce((sum, slots) => {
    let shared = 0
    for (let u = 0; u < units; u++) {
      const held = slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit).filter((e) => e >= 0)
      shared += held.length - new Set(held).size
    }
    return sum + shared
  }, 0)
