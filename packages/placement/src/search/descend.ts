/** Local search on one layer: edits that relieve the slowest units until none helps. */
import { type Cost, isBetter, type Layout, type LayoutSetup, rounding } from "./layout.ts"

/** Far more than searches of real layers take; a guard against crawling. */
const maxEdits = 2000

/** The best edit found so far: a swap of two slots, or a copy of expert `b` (none: -1) put into slot `a`. */
interface Edit {
  kind: "none" | "swap" | "put"
  a: number
  b: number
  readonly least: number
  readonly cost: Cost
}

/**
 * Betters `layout` in place. Each time the slowest unit of a workload looks through the others, the fastest first, for
 * the best swap with one of them (an empty slot makes a move of it). Where no swap helps, copies: one copy less on it, or
 * another copy of one of its experts elsewhere, in an empty slot or instead of a copy that can be spared. An edit
 * that gains a smaller share than `least` does not count.
 */
export const descend = (layout: Layout, setup: LayoutSetup, least = rounding): void => {
  const edit: Edit = { kind: "none", a: 0, b: 0, least, cost: layout.cost() }
  const tried: Cost = { slowest: 0, squares: 0 }
  for (let edits = 0; edits < maxEdits; edits++) {
    edit.kind = "none"
    findEdit(layout, setup, searchSwaps, edit, tried)
    if (edit.kind === "none") findEdit(layout, setup, searchCopies, edit, tried)
    if (edit.kind === "none") return
    if (edit.kind === "swap") layout.swap(edit.a, edit.b)
    else layout.put(edit.a, edit.b)
    Object.assign(edit.cost, layout.cost())
  }
}

/** Searches edits between the slowest unit of one workload and one other unit. */
type Search = (
  layout: Layout,
  slotsPerUnit: number,
  workload: number,
  unit: number,
  other: number,
  edit: Edit,
  tried: Cost
) => void

/** Stops at the first other unit with which any edit helps: looking through all of them gains little and takes long. */
const findEdit = (layout: Layout, setup: LayoutSetup, search: Search, edit: Edit, tried: Cost): void => {
  const fastestFirst = setup.live.toSorted((u, v) => layout.timeOf(u) - layout.timeOf(v) || u - v)
  for (let w = 0; w < setup.chosen.length; w++) {
    const unit = layout.slowestUnit(w)
    for (const other of fastestFirst) {
      if (other !== unit) search(layout, setup.slotsPerUnit, w, unit, other, edit, tried)
      if (edit.kind !== "none") return
    }
  }
}

const keep = (edit: Edit, kind: "swap" | "put", a: number, b: number, cost: Cost): void => {
  if (!isBetter(cost, edit.cost, edit.kind === "none" ? edit.least : rounding)) return
  edit.kind = kind
  edit.a = a
  edit.b = b
  edit.cost.slowest = cost.slowest
  edit.cost.squares = cost.squares
}

const searchSwaps: Search = (layout, slotsPerUnit, w, unit, other, edit, tried) => {
  const { slots, holds, shareOf } = layout
  for (let a = unit * slotsPerUnit; a < (unit + 1) * slotsPerUnit; a++) {
    const mine = slots[a]!
    if (mine < 0 || holds(mine, other)) continue
    for (let b = other * slotsPerUnit; b < (other + 1) * slotsPerUnit; b++) {
      const theirs = slots[b]!
      // What is chosen more would only make the slow unit slower.
      if (theirs >= 0 && (holds(theirs, unit) || shareOf(w, theirs) >= shareOf(w, mine))) continue
      layout.trySwap(a, b, tried)
      keep(edit, "swap", a, b, tried)
    }
  }
}

const searchCopies: Search = (layout, slotsPerUnit, _w, unit, other, edit, tried) => {
  const { slots, copies, holds } = layout
  for (let a = unit * slotsPerUnit; a < (unit + 1) * slotsPerUnit; a++) {
    const mine = slots[a]!
    if (mine < 0) continue
    if (copies[mine]! > 1) {
      layout.tryPut(a, -1, tried)
      keep(edit, "put", a, -1, tried)
    }
    if (holds(mine, other)) continue
    for (let b = other * slotsPerUnit; b < (other + 1) * slotsPerUnit; b++) {
      if (slots[b]! >= 0 && copies[slots[b]!]! < 2) continue
      layout.tryPut(b, mine, tried)
      keep(edit, "put", b, mine, tried)
    }
  }
}
