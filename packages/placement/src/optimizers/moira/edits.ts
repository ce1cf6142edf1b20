/** The best next edit of a layer that may change few slots. */
import { sum, topIndices } from "@moira/core/statistics"
import type { LayerState } from "./layer-state.ts"

/** A swap of two slots, or, where `b` is -1, a copy of `expert` into slot `a`. */
export interface Edit {
  readonly a: number
  readonly b: number
  readonly expert: number
  /** Slots that it changes against the present, less those that it changes back. */
  readonly changes: number
  /** Fall of the summed cost. */
  readonly gain: number
}

/** Falls below this part of the layer's cost are not worth an edit. */
const minGain = 1e-6

/** Units that are looked at: the costliest ones. */
const looked = 2

/** Experts of such a unit that are offered another copy. */
const tried = 4

/** The edit that gains most a changed slot (free ones first), of those that change at most `budget`; none where none gains. */
export const bestEdit = (state: LayerState, present: Int32Array, budget: number): Edit | undefined => {
  const { units, slotsPerUnit, slots, copies, held, total, load, cost } = state
  const price = (slot: number, e: number): number => (e >= 0 && e !== present[slot] ? 1 : 0)
  const least = minGain * sum(cost)
  let best: Edit | undefined
  const offer = (a: number, b: number, expert: number, changes: number, gain: number): void => {
    if (changes > budget || gain <= least) return
    const worth = gain / Math.max(changes, 0.1)
    if (best !== undefined && worth <= best.gain / Math.max(best.changes, 0.1)) return
    best = { a, b, expert, changes, gain }
  }
  const offerPut = (b: number, e: number): void => {
    const v = Math.floor(b / slotsPerUnit)
    const f = slots[b]!
    if (held[e * units + v]! > 0 || (f >= 0 && copies[f]! < 2)) return
    offer(b, -1, e, price(b, e) - price(b, f), -state.tryPut(b, v, e))
  }
  const costly = topIndices(cost, looked)
  for (const u of costly) {
    const heavy = heaviest(state, u)
    for (let a = u * slotsPerUnit; a < (u + 1) * slotsPerUnit; a++) {
      const e = slots[a]!
      if (e < 0) continue
      for (let b = 0; b < slots.length; b++) {
        const v = Math.floor(b / slotsPerUnit)
        if (held[e * units + v]! > 0) continue
        const f = slots[b]!
        const less = total[e]! / copies[e]! - (f < 0 ? 0 : total[f]! / copies[f]!)
        // Load must leave the unit, and not so much that the other ends up fuller.
        if (less > 0 && less < load[u]! - load[v]! && (f < 0 || held[f * units + u] === 0)) {
          const changes = price(a, f) + price(b, e) - price(a, e) - price(b, f)
          offer(a, b, -1, changes, -state.trySwap(a, b, u, v))
        }
        if (heavy.includes(e)) offerPut(b, e)
      }
    }
  }
  if (best === undefined) offerFills(state, offerPut)
  return best
}

/** The experts of a unit whose copies carry most: those that are worth another copy. */
const heaviest = ({ slotsPerUnit, slots, copies, total }: LayerState, u: number): ReadonlyArray<number> =>
  [...slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit)]
    .filter((e) => e >= 0)
    .toSorted((e, f) => total[f]! / copies[f]! - total[e]! / copies[e]! || e - f)
    .slice(0, tried)

/** Every empty slot may take the hottest copy that its unit lacks. */
const offerFills = (
  { units, slotsPerUnit, slots, copies, held, total, experts }: LayerState,
  offerPut: (slot: number, e: number) => void
): void => {
  for (let b = 0; b < slots.length; b++) {
    if (slots[b]! >= 0) continue
    const v = Math.floor(b / slotsPerUnit)
    let hottest = -1
    for (let e = 0; e < experts; e++) {
      if (held[e * units + v]! > 0) continue
      if (hottest < 0 || total[e]! / copies[e]! > total[hottest]! / copies[hottest]!) hottest = e
    }
    if (hottest >= 0) offerPut(b, hottest)
  }
}

/** Makes an edit. */
export const makeEdit = (state: LayerState, { a, b, expert }: Edit): void => {
  const u = Math.floor(a / state.slotsPerUnit)
  if (b < 0) {
    state.tryPut(a, u, expert)
    state.put(a, u, expert)
  } else {
    const v = Math.floor(b / state.slotsPerUnit)
    state.trySwap(a, b, u, v)
    state.swap(a, b, u, v)
  }
}
