/** The best use of few changed slots: which layers to change, and which slots in them. */
import { sum } from "@moira/core/statistics"
import { type Drift, measuredDrift } from "./drift.ts"
import { bestEdit, type Edit, makeEdit } from "./edits.ts"
import { type LayerShape, type LayerState, makeLayerState } from "./layer-state.ts"
import { changedSlots } from "./present.ts"
import { makeFloor, sharpness } from "./search.ts"
import { makeStart } from "./start.ts"
import { balanceCost } from "./unit-cost.ts"

/** One layer, slots of living units only. */
export interface BudgetLayer {
  /** As they are now; no unit holds an expert twice, but some experts may lie nowhere. */
  readonly present: Int32Array
  /** Empty ones of them that in truth hold a second copy on their unit, with its expert: engines count on every slot. */
  readonly wasted: ReadonlyMap<number, number>
  /** As they should be, were there no budget. */
  readonly target: Int32Array
  readonly counts: ArrayLike<number>
}

interface OpenLayer extends BudgetLayer {
  readonly state: LayerState
  readonly sharpness: number
  edit: Edit | undefined
}

/** Exponents of costs stay below this, far from overflow. */
const greatestExponent = 300

/** Boldness matters little beside what a budget leaves undone; about that of a layer of some tens of units. */
const boldness = 8

/** Puts experts that lie nowhere into empty slots or in place of copies, where it costs least. */
const rescue = (state: LayerState): void => {
  const { units, slotsPerUnit, slots, copies, experts } = state
  for (let e = 0; e < experts; e++) {
    if (copies[e]! > 0) continue
    let best = -1
    let least = Infinity
    for (let s = 0; s < slots.length; s++) {
      if (slots[s]! >= 0 && copies[slots[s]!]! < 2) continue
      const change = state.tryPut(s, Math.floor(s / slotsPerUnit), e)
      if (best >= 0 && change >= least) continue
      best = s
      least = change
    }
    const u = Math.floor(best / slotsPerUnit)
    if (best < 0 || u >= units) return
    state.tryPut(best, u, e)
    state.put(best, u, e)
  }
}

const open = (layer: BudgetLayer, shape: LayerShape, drift: Drift): OpenLayer => {
  const state = makeLayerState(shape)
  state.clear(layer.counts)
  makeStart(shape)(state)
  const floor = makeFloor(shape.experts)(state)
  state.set(layer.present)
  // An expert that lies nowhere has no load yet: at most its whole load comes to one unit.
  state.sum(() => 0)
  const most = state.load.reduce((a, b) => Math.max(a, b), 0) + state.total.reduce((a, b) => Math.max(a, b), 0)
  const sharp = Math.min(sharpness, greatestExponent / Math.max(1, most / floor))
  state.sum(balanceCost({ drift, floor, sharpness: sharp, boldness: Math.min(boldness, sharp) }))
  rescue(state)
  return { ...layer, state, sharpness: sharp, edit: undefined }
}

/** Fall of the soft maximum that an edit gives, in parts of the floor: the same measure for all layers. */
const fall = ({ state, sharpness: sharp }: OpenLayer, { gain }: Edit): number => {
  const cost = sum(state.cost)
  return -Math.log1p(-Math.min(gain / cost, 1 - 1e-12)) / sharp
}

const fullest = (state: LayerState): number => state.load.reduce((a, b) => Math.max(a, b), 0)

export interface Budgeted {
  readonly rows: ReadonlyArray<Int32Array>
  readonly changes: number
}

/** Second copies make way first, for the hottest copy that their unit lacks; says how much of the budget is left. */
const fillWasted = (layers: ReadonlyArray<OpenLayer>, budget: number): number => {
  let left = budget
  for (const { state, wasted } of layers) {
    const { units, slotsPerUnit, slots, experts, total, copies, held } = state
    for (const slot of wasted.keys()) {
      if (left === 0) return 0
      if (slots[slot]! >= 0) continue
      const u = Math.floor(slot / slotsPerUnit)
      let hottest = -1
      for (let e = 0; e < experts; e++)
        if (held[e * units + u] === 0 && (hottest < 0 || total[e]! / copies[e]! > total[hottest]! / copies[hottest]!))
          hottest = e
      if (hottest < 0) continue
      state.tryPut(slot, u, hottest)
      state.put(slot, u, hottest)
      left--
    }
  }
  return left
}

/** What a layer's slots hold in the end: where the budget ended, second copies stay. */
const settled = ({ state, wasted }: OpenLayer): Int32Array => {
  const row = state.slots.slice()
  for (const [slot, e] of wasted) if (row[slot]! < 0) row[slot] = e
  return row
}

/** Spends at most `budget` changed slots edit by edit, each time the one of all layers that helps most a slot. */
const spend = (layers: ReadonlyArray<OpenLayer>, budget: number): void => {
  let left = budget
  for (const layer of layers) layer.edit = bestEdit(layer.state, layer.present, left)
  for (;;) {
    let best: OpenLayer | undefined
    let worth = 0
    for (const layer of layers) {
      if (layer.edit !== undefined && layer.edit.changes > left) layer.edit = bestEdit(layer.state, layer.present, left)
      if (layer.edit === undefined) continue
      const now = fall(layer, layer.edit) / Math.max(layer.edit.changes, 0.1)
      if (best !== undefined && now <= worth) continue
      best = layer
      worth = now
    }
    if (best === undefined) return
    left -= best.edit!.changes
    makeEdit(best.state, best.edit!)
    best.edit = bestEdit(best.state, best.present, left)
  }
}

/** Slots that must change so that every expert lies somewhere. */
export const neededChanges = (layers: ReadonlyArray<BudgetLayer>, shape: LayerShape): number =>
  layers.reduce(
    (changes, layer) => changes + changedSlots(layer.present, open(layer, shape, measuredDrift).state.slots),
    0
  )

/**
 * At most `budget` changed slots, no fewer than `neededChanges`. Two ways, of which the one with the lower fullest units
 * wins: edits in all layers; or the whole target for the layers where it pays most a slot, and edits in the others.
 */
export const keepBudget = (layers: ReadonlyArray<BudgetLayer>, shape: LayerShape, budget: number): Budgeted => {
  const edited = layers.map((layer) => open(layer, shape, measuredDrift))
  const spent = (all: ReadonlyArray<OpenLayer>) =>
    all.reduce((changes, { present, state }) => changes + changedSlots(present, state.slots), 0)
  const needed = spent(edited)

  const whole = layers.map((layer) => open(layer, shape, measuredDrift))
  const choices = whole.map((layer, l) => {
    const before = fullest(layer.state)
    const first = changedSlots(layer.present, layer.state.slots)
    const changes = changedSlots(layer.present, layer.target) - first
    const target = open({ ...layer, present: layer.target }, shape, measuredDrift).state
    return { l, changes, worth: (before - fullest(target)) / Math.max(1, changes) }
  })
  let left = budget - needed
  const taken = new Set<number>()
  for (const { l, changes, worth } of choices.toSorted((a, b) => b.worth - a.worth || a.l - b.l)) {
    if (worth <= 0 || changes > left) continue
    left -= changes
    taken.add(l)
    whole[l]!.state.set(layers[l]!.target)
    whole[l]!.state.sum(() => 0)
  }

  const others = whole.filter((_, l) => !taken.has(l))
  spend(edited, fillWasted(edited, budget - needed))
  spend(others, fillWasted(others, left))
  const slowest = (all: ReadonlyArray<OpenLayer>) => all.reduce((total, { state }) => total + fullest(state), 0)
  const better = slowest(whole) < slowest(edited) ? whole : edited
  return { rows: better.map(settled), changes: spent(better) }
}
