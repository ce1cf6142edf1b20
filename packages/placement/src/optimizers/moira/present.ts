/** What lies where now, and how much of it a new layout keeps. */
import { Effect } from "effect"
import { PlacementError, type PlacementInput } from "../../optimizer.ts"

export interface SlotShape {
  readonly units: number
  readonly slotsPerUnit: number
}

/** Fails where an input's present placement cannot be compared with a new one. */
export const checkPresent = Effect.fnUntraced(function* ({
  present,
  model,
  fabric
}: PlacementInput): Effect.fn.Return<void, PlacementError> {
  if (present === undefined) return
  const what =
    present.units !== fabric.units
      ? `the present placement is of ${present.units} units, not ${fabric.units}`
      : present.experts !== model.experts
        ? `the present placement is of ${present.experts} experts, not ${model.experts}`
        : undefined
  if (what === undefined) return
  return yield* new PlacementError({
    reason: "Unsuitable",
    where: `moira, ${model.title} on ${fabric.units} units`,
    what,
    hint: "give the placement that is loaded now, or none"
  })
})

/** Slots of each layer as they are now, contiguous where nothing is said, without those beyond `slotsPerUnit`; -1 is empty. */
export const presentRows = (
  { present, layers, model, fabric }: PlacementInput,
  slotsPerUnit: number
): ReadonlyArray<Int32Array> => {
  const { units } = fabric
  const { experts } = model
  return layers.map((layer) => {
    const row = new Int32Array(units * slotsPerUnit).fill(-1)
    if (present === undefined) {
      const used = new Uint16Array(units)
      for (let e = 0; e < experts; e++) {
        const u = Math.floor((e * units) / experts)
        row[u * slotsPerUnit + used[u]!] = e
        used[u]!++
      }
      return row
    }
    const before = present.physicalToLogical[present.layers.indexOf(layer)]
    if (before === undefined) return row
    for (let u = 0; u < units; u++)
      for (let s = 0; s < Math.min(slotsPerUnit, present.slotsPerUnit); s++)
        row[u * slotsPerUnit + s] = before[u * present.slotsPerUnit + s]!
    return row
  })
}

/** Slots that hold an expert which they do not hold at present; emptied ones cost nothing. */
export const changedSlots = (present: Int32Array, next: Int32Array): number => {
  let changed = 0
  for (let s = 0; s < next.length; s++) if (next[s]! >= 0 && next[s] !== present[s]) changed++
  return changed
}

/**
 * The same layout with as little to move: contents of units of one kind (`kindOf`, from 0 on) change places, the pairs
 * with the most experts in common first (ties: lower numbers), and what a unit keeps stays in its slot.
 */
export const keepInPlace = (
  next: Int32Array,
  present: Int32Array,
  shape: SlotShape,
  kindOf: ArrayLike<number>
): Int32Array => {
  const { units, slotsPerUnit } = shape
  const from = new Int32Array(units).fill(-1)
  const moved = new Uint8Array(units)
  const pairs = pairsInCommon(next, present, shape)
  for (let common = slotsPerUnit; common > 0; common--)
    for (const [u, v] of pairs[common]!) {
      if (moved[u] === 1 || from[v]! >= 0 || kindOf[u] !== kindOf[v]) continue
      from[v] = u
      moved[u] = 1
    }
  fillFree(from, moved, kindOf)
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

/** The rest, which have nothing in common with any free unit of their kind: each in turn to the first of these. */
const fillFree = (from: Int32Array, moved: Uint8Array, kindOf: ArrayLike<number>): void => {
  const free = new Map<number, Array<number>>()
  for (let v = from.length - 1; v >= 0; v--) {
    if (from[v]! >= 0) continue
    const list = free.get(kindOf[v]!)
    if (list === undefined) free.set(kindOf[v]!, [v])
    else list.push(v)
  }
  for (let u = 0; u < moved.length; u++) if (moved[u] === 0) from[free.get(kindOf[u]!)!.pop()!] = u
}

/** Pairs of a unit of the next layout and one of the present, in ascending order, by how many experts they have in common. */
const pairsInCommon = (next: Int32Array, present: Int32Array, { units, slotsPerUnit }: SlotShape) => {
  const holders = new Map<number, Array<number>>()
  for (let s = 0; s < present.length; s++) {
    const e = present[s]!
    if (e < 0) continue
    const v = Math.floor(s / slotsPerUnit)
    const list = holders.get(e)
    if (list === undefined) holders.set(e, [v])
    else if (!list.includes(v)) list.push(v)
  }
  const pairs = Array.from({ length: slotsPerUnit + 1 }, (): Array<readonly [u: number, v: number]> => [])
  const common = new Uint16Array(units)
  for (let u = 0; u < units; u++) {
    const met: Array<number> = []
    for (let s = u * slotsPerUnit; s < (u + 1) * slotsPerUnit; s++)
      for (const v of holders.get(next[s]!) ?? []) if (common[v]!++ === 0) met.push(v)
    for (const v of met.toSorted((a, b) => a - b)) {
      pairs[common[v]!]!.push([u, v])
      common[v] = 0
    }
  }
  return pairs
}
