/** Dup of the study's Algorithm 2 (case study 2): experts stay where they are, hot ones get copies. */
import { type Cost, isBetter, type Layout, type LayoutSetup, makeLayout } from "../../search/layout.ts"

/**
 * One layer from `start`: each time the copy of an expert of the slowest unit, on a unit with an empty slot and without
 * it, that leaves the layer fastest; until no copy makes it faster or no slot is empty.
 */
export const dupLayer = (setup: LayoutSetup, start: Int32Array): Int32Array => {
  const layout = makeLayout(setup)
  layout.set(start)
  const cost = layout.cost()
  const best = { ...cost, slot: -1, expert: -1 }
  for (;;) {
    best.slot = -1
    searchCopy(layout, setup, best)
    if (best.slot < 0) return layout.slots
    layout.put(best.slot, best.expert)
    Object.assign(best, layout.cost())
  }
}

const searchCopy = (layout: Layout, setup: LayoutSetup, best: Cost & { slot: number; expert: number }): void => {
  const { slots, holds } = layout
  const { slotsPerUnit, live } = setup
  const unit = layout.slowestUnit(0)
  const tried: Cost = { slowest: 0, squares: 0 }
  for (const other of live) {
    const from = other * slotsPerUnit
    const at = slots.subarray(from, from + slotsPerUnit).indexOf(-1)
    if (other === unit || at < 0) continue
    for (let s = unit * slotsPerUnit; s < (unit + 1) * slotsPerUnit; s++) {
      const expert = slots[s]!
      if (expert < 0 || holds(expert, other)) continue
      layout.tryPut(from + at, expert, tried)
      if (!isBetter(tried, best)) continue
      Object.assign(best, tried, { slot: from + at, expert })
    }
  }
}
