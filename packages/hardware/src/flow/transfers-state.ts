/** What is known of the transfers in flight, and the steps that all that happens to them is made of. Hot: no allocation. */

/** A slot holds a group of flows over one path. Arrays are by slot where nothing else is said. */
export interface TransfersState {
  readonly slots: number
  /** Flows that a group may have; those of slots from `deepSlots` on have one. */
  readonly depth: number
  readonly deepSlots: number
  /** The path of a group: from `pathStart` to `pathEnd - 1` of the paths. */
  readonly pathStart: Uint32Array
  readonly pathEnd: Uint32Array
  /** Flows of the group now, and when rates were last worked out. */
  readonly weight: Uint32Array
  readonly settled: Uint32Array
  /** What the fair shares wrote last, in bytes a picosecond, and what has been in force since `sincePs`. */
  readonly rate: Float64Array
  readonly current: Float64Array
  readonly sincePs: Float64Array
  /** Bytes that each flow of the group has got since the group had none, up to `sincePs`. */
  readonly served: Float64Array
  /** When the first flow of the group ends; infinite without flows, or before they have a rate. */
  readonly endPs: Float64Array
  /** The earliest end among the 32 slots of a block, so that few are looked at to find the next; NaN where not known. */
  readonly blockPs: Float64Array
  /** Flows of the group by what `served` must reach, ascending: a ring that begins at `first`. */
  readonly goal: Float64Array
  readonly tag: Uint32Array
  readonly first: Uint32Array
  /** Slots with a group, `activeCount` of them, and the place of each slot among them; -1 for none. */
  readonly active: Uint32Array
  readonly place: Int32Array
  activeCount: number
  /** Groups whose flows are not as many as when rates were last worked out. */
  changed: number
  /** Those groups, and some that are as they were again: `touchedCount` slots, each marked once. */
  readonly touched: Uint32Array
  touchedCount: number
  readonly isTouched: Uint8Array
  nowPs: number
  /** Transfers end at multiples of it, where it is above 1. */
  quantumPs: number
  /** Starts and completions since it was made. */
  events: number
  /** How often rates were worked out since it was made. */
  rateUpdates: number
  readonly rates: Rates
}

/** Works out rates: at once after any number of starts and completions. */
export interface Rates {
  /** Gives every group with flows its fair rate and plans its end, and frees the slots of those without. */
  readonly settle: (state: TransfersState) => void
  /** Forgets all groups; called before the state forgets them. */
  readonly reset: (state: TransfersState) => void
}

/** Where flow `i` of a group lies in its ring. */
export const at = ({ first, depth, deepSlots }: TransfersState, slot: number, i: number): number => {
  if (slot >= deepSlots) return deepSlots * depth + slot - deepSlots
  const ring = first[slot]! + i
  return slot * depth + (ring < depth ? ring : ring - depth)
}

/** Credits a group with what its flows have got up to now. */
export const bring = ({ served, current, sincePs, nowPs }: TransfersState, slot: number): void => {
  served[slot]! += current[slot]! * (nowPs - sincePs[slot]!)
  sincePs[slot] = nowPs
}

export const resize = (state: TransfersState, slot: number, by: number): void => {
  const { weight, settled } = state
  if (weight[slot] === settled[slot]) state.changed++
  weight[slot]! += by
  if (weight[slot] === settled[slot]) state.changed--
  state.events++
  if (state.isTouched[slot] === 1) return
  state.isTouched[slot] = 1
  state.touched[state.touchedCount++] = slot
}

export const setEnd = ({ blockPs, endPs }: TransfersState, slot: number, ps: number): void => {
  const block = slot >>> 5
  if (ps <= blockPs[block]!) blockPs[block] = ps
  else if (endPs[slot] === blockPs[block]) blockPs[block] = Number.NaN
  endPs[slot] = ps
}

export const earliest = ({ blockPs, endPs, slots }: TransfersState, block: number): number => {
  let least = Infinity
  for (let slot = block * 32; slot < Math.min(slots, block * 32 + 32); slot++) least = Math.min(least, endPs[slot]!)
  blockPs[block] = least
  return least
}

/** Says anew when the first flow of a group ends. */
export const plan = (state: TransfersState, slot: number): void => {
  const rest = Math.max(0, state.goal[at(state, slot, 0)]! - state.served[slot]!)
  const endPs = Math.ceil(state.sincePs[slot]! + rest / state.current[slot]!)
  setEnd(state, slot, state.quantumPs > 1 ? Math.max(nearest(endPs, state.quantumPs), state.nowPs) : endPs)
}

/** The multiple of a quantum that is nearest to a time; the time itself where the quantum is not above 1. */
export const nearest = (ps: number, quantumPs: number): number =>
  quantumPs > 1 ? Math.round(ps / quantumPs) * quantumPs : ps
