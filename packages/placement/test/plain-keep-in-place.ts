/** `keepInPlace` as it is told: every pair of units at every number of experts in common. What the fast one is compared with. */
import type { SlotShape } from "../src/optimizers/moira/present.ts"

/**
 * The same layout with as little to move: contents of units that `alike` says are worth the same change places, the pairs
 * with the most experts in common first, and what a unit keeps stays in its slot.
 */
export const plainKeepInPlace = (
  next: Int32Array,
  present: Int32Array,
  { units, slotsPerUnit }: SlotShape,
  alike: (u: number, v: number) => boolean
): Int32Array => {
  const inCommon = commonExperts(next, present, { units, slotsPerUnit })
  const from = new Int32Array(units).fill(-1)
  const moved = new Uint8Array(units)
  for (let common = slotsPerUnit; common >= 0; common--)
    for (let u = 0; u < units; u++) {
      for (let v = 0; v < units && moved[u] === 0; v++) {
        if (from[v]! >= 0 || inCommon[u * units + v]! < common || !alike(u, v)) continue
        from[v] = u
        moved[u] = 1
      }
    }
  const kept = new Int32Array(next.length).fill(-1)
  for (let v = 0; v < units; v++) {
    const [first, end] = [v * slotsPerUnit, (v + 1) * slotsPerUnit]
    const content = next.subarray(from[v]! * slotsPerUnit, (from[v]! + 1) * slotsPerUnit)
    const waiting = new Set(content)
    waiting.delete(-1)
    for (let s = first; s < end; s++) if (waiting.delete(present[s]!)) kept[s] = present[s]!
    let s = first
    for (const e of waiting) {
      while (kept[s]! >= 0) s++
      kept[s] = e
    }
  }
  return kept
}

/** Experts that unit `u` of the next layout has in common with unit `v` of the present one, at `u * units + v`. */
const commonExperts = (next: Int32Array, present: Int32Array, { units, slotsPerUnit }: SlotShape): Uint16Array => {
  const holders = new Map<number, Array<number>>()
  for (let s = 0; s < present.length; s++) {
    const e = present[s]!
    if (e < 0) continue
    const v = Math.floor(s / slotsPerUnit)
    const list = holders.get(e)
    if (list === undefined) holders.set(e, [v])
    else if (!list.includes(v)) list.push(v)
  }
  const common = new Uint16Array(units * units)
  for (let s = 0; s < next.length; s++)
    for (const v of holders.get(next[s]!) ?? []) common[Math.floor(s / slotsPerUnit) * units + v]!++
  return common
}
