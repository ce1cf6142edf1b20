/**
 * Transfers in flight, grouped by path, with max-min fair rates. Time moves from one completion to the next; rates are
 * worked out again only when the number of flows on some path has changed. Hot: no allocation after it is made.
 */
import { type FairShare, makeFairShare, shareFairly } from "./fair-share.ts"
import type { Paths } from "./paths.ts"

/** Told the tag of every completed transfer; may start further ones. */
export type OnDone = (tag: number) => void

/** A slot holds a group of flows over one path. Arrays are by slot where nothing else is said. */
export interface TransfersState {
  readonly slots: number
  /** Flows that a group may have. */
  readonly depth: number
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
  /** Flows of the group by what `served` must reach, ascending: a ring of `depth`, which begins at `first`. */
  readonly goal: Float64Array
  readonly tag: Uint32Array
  readonly first: Uint32Array
  /** Slots with a group, `activeCount` of them, and the place of each slot among them; -1 for none. */
  readonly active: Uint32Array
  readonly place: Int32Array
  activeCount: number
  /** Groups whose flows are not as many as when rates were last worked out. */
  changed: number
  nowPs: number
  /** Starts and completions since it was made. */
  events: number
  /** How often rates were worked out since it was made. */
  rateUpdates: number
  readonly share: FairShare
}

/** Room for `slots` groups of at most `depth` flows each; all flows of a slot cross one path while it is not idle. */
export const makeTransfers = (paths: Paths, slots: number, depth: number): TransfersState => {
  const pathStart = new Uint32Array(slots)
  const pathEnd = new Uint32Array(slots)
  const weight = new Uint32Array(slots)
  const rate = new Float64Array(slots)
  const problem = { capacity: paths.capacity, pathResource: paths.resource, pathStart, pathEnd, weight, rate }
  return {
    slots,
    depth,
    pathStart,
    pathEnd,
    weight,
    settled: new Uint32Array(slots),
    rate,
    current: new Float64Array(slots),
    sincePs: new Float64Array(slots),
    served: new Float64Array(slots),
    endPs: new Float64Array(slots).fill(Infinity),
    blockPs: new Float64Array(Math.ceil(slots / 32)).fill(Infinity),
    goal: new Float64Array(slots * depth),
    tag: new Uint32Array(slots * depth),
    first: new Uint32Array(slots),
    active: new Uint32Array(slots),
    place: new Int32Array(slots).fill(-1),
    activeCount: 0,
    changed: 0,
    nowPs: 0,
    events: 0,
    rateUpdates: 0,
    share: makeFairShare(problem, slots * paths.longest)
  }
}

/** Whether a slot has no group. A group keeps its slot, even with no flow left, until rates are worked out again. */
export const isIdle = (state: TransfersState, slot: number): boolean => state.place[slot]! < 0

/** Forgets everything and sets time to zero. */
export const resetTransfers = (state: TransfersState): void => {
  for (let a = 0; a < state.activeCount; a++) {
    const slot = state.active[a]!
    state.place[slot] = -1
    state.weight[slot] = 0
    state.settled[slot] = 0
    state.current[slot] = 0
    state.endPs[slot] = Infinity
  }
  state.blockPs.fill(Infinity)
  state.activeCount = 0
  state.changed = 0
  state.nowPs = 0
}

/** Starts transfer `of` of `bytes` now, in group slot `slot`, over `path[from]` to `path[to - 1]` of the paths. */
export const startTransfer = (
  state: TransfersState,
  slot: number,
  from: number,
  to: number,
  bytes: number,
  of: number
): void => {
  const { place, served, current, goal, tag } = state
  if (place[slot]! < 0) {
    place[slot] = state.activeCount
    state.active[state.activeCount++] = slot
    served[slot] = 0
    state.sincePs[slot] = state.nowPs
    state.first[slot] = 0
    current[slot] = 0
    setEnd(state, slot, Infinity)
  } else bring(state, slot)
  state.pathStart[slot] = from
  state.pathEnd[slot] = to
  // Equal transfers of a path end in the order they started; unequal ones are put where they belong.
  const reach = served[slot]! + bytes
  let i = state.weight[slot]!
  for (; i > 0 && goal[at(state, slot, i - 1)]! > reach; i--) {
    goal[at(state, slot, i)] = goal[at(state, slot, i - 1)]!
    tag[at(state, slot, i)] = tag[at(state, slot, i - 1)]!
  }
  goal[at(state, slot, i)] = reach
  tag[at(state, slot, i)] = of
  resize(state, slot, 1)
  if (current[slot]! > 0) plan(state, slot)
}

/** The next completion in whole picoseconds; infinite when nothing is in flight. Settles rates first. */
export const nextCompletionPs = (state: TransfersState): number => {
  settle(state)
  const { blockPs } = state
  let next = Infinity
  for (let block = 0; block < blockPs.length; block++) {
    const known = blockPs[block]!
    next = Math.min(next, Number.isNaN(known) ? earliest(state, block) : known)
  }
  return next
}

/** Moves time to `atPs`, which is at most {@link nextCompletionPs}, and reports what is complete then. */
export const advanceTransfers = (state: TransfersState, atPs: number, onDone: OnDone): void => {
  const { endPs, blockPs, slots } = state
  state.nowPs = atPs
  for (let block = 0; block < blockPs.length; block++) {
    const known = blockPs[block]!
    if ((Number.isNaN(known) ? earliest(state, block) : known) > atPs) continue
    // Flows that start meanwhile end later.
    for (let slot = block * 32; slot < Math.min(slots, block * 32 + 32); slot++)
      if (endPs[slot]! <= atPs) finish(state, slot, onDone)
  }
}

/** Where flow `i` of a group lies in its ring. */
const at = ({ first, depth }: TransfersState, slot: number, i: number): number => {
  const ring = first[slot]! + i
  return slot * depth + (ring < depth ? ring : ring - depth)
}

/** Credits a group with what its flows have got up to now. */
const bring = ({ served, current, sincePs, nowPs }: TransfersState, slot: number): void => {
  served[slot]! += current[slot]! * (nowPs - sincePs[slot]!)
  sincePs[slot] = nowPs
}

const resize = (state: TransfersState, slot: number, by: number): void => {
  const { weight, settled } = state
  if (weight[slot] === settled[slot]) state.changed++
  weight[slot]! += by
  if (weight[slot] === settled[slot]) state.changed--
  state.events++
}

const setEnd = ({ blockPs, endPs }: TransfersState, slot: number, ps: number): void => {
  const block = slot >>> 5
  if (ps <= blockPs[block]!) blockPs[block] = ps
  else if (endPs[slot] === blockPs[block]) blockPs[block] = Number.NaN
  endPs[slot] = ps
}

const earliest = ({ blockPs, endPs, slots }: TransfersState, block: number): number => {
  let least = Infinity
  for (let slot = block * 32; slot < Math.min(slots, block * 32 + 32); slot++) least = Math.min(least, endPs[slot]!)
  blockPs[block] = least
  return least
}

/** Says anew when the first flow of a group ends. */
const plan = (state: TransfersState, slot: number): void => {
  const rest = Math.max(0, state.goal[at(state, slot, 0)]! - state.served[slot]!)
  setEnd(state, slot, Math.ceil(state.sincePs[slot]! + rest / state.current[slot]!))
}

const dropEmpty = (state: TransfersState): void => {
  const { active, weight, place } = state
  for (let a = state.activeCount - 1; a >= 0; a--) {
    const slot = active[a]!
    if (weight[slot]! > 0) continue
    const last = active[--state.activeCount]!
    active[a] = last
    place[last] = a
    place[slot] = -1
    state.settled[slot] = 0
    state.current[slot] = 0
  }
}

/** Works out rates, if the flows of some group are not as many as before. */
const settle = (state: TransfersState): void => {
  if (state.changed === 0) return
  dropEmpty(state)
  const { active, activeCount, settled, weight, rate, current } = state
  shareFairly(state.share, active, activeCount)
  state.rateUpdates++
  for (let a = 0; a < activeCount; a++) {
    const slot = active[a]!
    settled[slot] = weight[slot]!
    if (rate[slot] === current[slot]) continue
    bring(state, slot)
    current[slot] = rate[slot]!
    plan(state, slot)
  }
  state.changed = 0
}

/** Ends the flows of a group that have all their bytes now; at least its first. */
const finish = (state: TransfersState, slot: number, onDone: OnDone): void => {
  const { goal, tag, first, weight, depth } = state
  bring(state, slot)
  const reached = state.served[slot]! * (1 + 1e-12)
  let leaving = 0
  const flows = weight[slot]!
  do leaving++
  while (leaving < flows && goal[at(state, slot, leaving)]! <= reached)
  for (let i = 0; i < leaving; i++) {
    const of = tag[at(state, slot, 0)]!
    first[slot] = first[slot]! + 1 === depth ? 0 : first[slot]! + 1
    resize(state, slot, -1)
    onDone(of)
  }
  if (weight[slot]! > 0) plan(state, slot)
  else setEnd(state, slot, Infinity)
}
