/** From what lies where now to a new layout, within the budget. */
import { Effect } from "effect"
import { liveUnits, slotsPerUnitOf } from "../../input/check-input.ts"
import { countsOrEven } from "../../input/layer-counts.ts"
import { PlacementError, type PlacementInput } from "../../optimizer.ts"
import { type BudgetLayer, keepBudget, neededChanges } from "./budget.ts"
import { canHome } from "./homing.ts"
import { spread } from "./place.ts"
import { changedSlots, keepInPlace, presentRows } from "./present.ts"

interface Gathered {
  readonly slots: Int32Array
  /** Slots that hold a second copy on their unit. */
  readonly wasted: ReadonlyMap<number, number>
}

/** Slots of living units, `filled` of each; a second copy on a unit counts as an empty slot. */
const gather = (row: Int32Array, live: ReadonlyArray<number>, slotsPerUnit: number, filled: number): Gathered => {
  const slots = new Int32Array(live.length * filled).fill(-1)
  const wasted = new Map<number, number>()
  live.forEach((u, i) => {
    const seen = new Set<number>()
    for (let s = 0; s < filled; s++) {
      const e = row[u * slotsPerUnit + s]!
      if (e >= 0 && seen.has(e)) {
        wasted.set(i * filled + s, e)
        continue
      }
      seen.add(e)
      slots[i * filled + s] = e
    }
  })
  return { slots, wasted }
}

/** Units of one kind may change contents: as fast, and in the same server where groups may be at home on servers. */
const kindsOf = (input: PlacementInput): Uint16Array => {
  const { fabric } = input
  const dead = new Set(input.deadUnits)
  const byServer = canHome(input)
  const kinds = new Map<string, number>()
  return Uint16Array.from({ length: fabric.units }, (_, u) => {
    const server = byServer ? fabric.serverOf[u] : 0
    const kind = [dead.has(u), fabric.flopsPerSec[u], fabric.memoryBytesPerSec[u], server].join()
    if (!kinds.has(kind)) kinds.set(kind, kinds.size)
    return kinds.get(kind)!
  })
}

/** The target with as much left in place as it allows; where that is over budget, as much of it as the budget buys. */
export const migrate = Effect.fnUntraced(function* (
  input: PlacementInput,
  target: ReadonlyArray<Int32Array>
): Effect.fn.Return<ReadonlyArray<Int32Array>, PlacementError> {
  const { model, fabric, layers, migrationSlots: budget } = input
  const slotsPerUnit = slotsPerUnitOf(input)
  const all = { units: fabric.units, slotsPerUnit }
  const present = presentRows(input, slotsPerUnit)
  const kinds = kindsOf(input)
  const placed = target.map((row, l) => keepInPlace(row, present[l]!, all, kinds))
  const changes = placed.reduce((sum, row, l) => sum + changedSlots(present[l]!, row), 0)
  if (budget === undefined || changes <= budget) return placed

  const live = liveUnits(input)
  const filled = Math.min(slotsPerUnit, model.experts)
  const shape = { units: live.length, slotsPerUnit: filled, experts: model.experts, groups: model.routing?.groups ?? 1 }
  const open = layers.map((_, l): BudgetLayer => {
    const { slots, wasted } = gather(present[l]!, live, slotsPerUnit, filled)
    const wanted = gather(placed[l]!, live, slotsPerUnit, filled).slots
    return { present: slots, wasted, target: wanted, counts: countsOrEven(input.counts![l]!) }
  })
  const needed = neededChanges(open, shape)
  if (needed > budget)
    return yield* new PlacementError({
      reason: "Unsuitable",
      where: `moira, ${model.title} on ${fabric.units} units`,
      what: `${needed} slots must change so that every expert lies somewhere, ${budget} may`,
      hint: `allow at least ${needed} slots to migrate`
    })
  return keepBudget(open, shape, budget).rows.map((row) => spread(row, filled, live, all))
})
