/**
 * Transfers in flight, grouped by path, with max-min fair rates. Time moves from one completion to the next; rates are
 * worked out again only when the number of flows on some path has changed. Hot: no allocation after it is made.
 */
import type { Paths } from "./paths.ts"
import { restartedRates } from "./rates.ts"
import type { ShareProblem } from "./share-problem.ts"
import { at, bring, earliest, plan, type Rates, resize, setEnd, type TransfersState } from "./transfers-state.ts"

/** Told the tag of every completed transfer; may start further ones. */
export type OnDone = (tag: number) => void

/** How rates are worked out. */
export type MakeRates = (problem: ShareProblem) => Rates

export interface TransferRoom {
  readonly slots: number
  /** Flows of a group at most, in the first `deepSlots` slots; one in each of the others. */
  readonly depth: number
  readonly deepSlots: number
}

/** Room for so many groups; all flows of a slot cross one path while it is not idle. */
export const makeTransfers = (
  paths: Paths,
  { slots, depth, deepSlots }: TransferRoom,
  makeRates: MakeRates = restartedRates
): TransfersState => {
  const flows = deepSlots * depth + slots - deepSlots
  const pathStart = new Uint32Array(slots)
  const pathEnd = new Uint32Array(slots)
  const weight = new Uint32Array(slots)
  const rate = new Float64Array(slots)
  const problem = { capacity: paths.capacity, pathResource: paths.resource, pathStart, pathEnd, weight, rate }
  return {
    slots,
    depth,
    deepSlots,
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
    goal: new Float64Array(flows),
    tag: new Uint32Array(flows),
    first: new Uint32Array(slots),
    active: new Uint32Array(slots),
    place: new Int32Array(slots).fill(-1),
    activeCount: 0,
    changed: 0,
    touched: new Uint32Array(slots),
    touchedCount: 0,
    isTouched: new Uint8Array(slots),
    nowPs: 0,
    quantumPs: 0,
    events: 0,
    rateUpdates: 0,
    rates: makeRates(problem)
  }
}

/** Whether a slot has no group. A group keeps its slot, even with no flow left, until rates are worked out again. */
export const isIdle = (state: TransfersState, slot: number): boolean => state.place[slot]! < 0

/** Forgets everything and sets time to zero. From then on transfers end at multiples of a quantum above 1. */
export const resetTransfers = (state: TransfersState, quantumPs = 0): void => {
  state.quantumPs = quantumPs
  state.rates.reset(state)
  for (let i = 0; i < state.touchedCount; i++) state.isTouched[state.touched[i]!] = 0
  state.touchedCount = 0
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
  if (state.changed > 0) state.rates.settle(state)
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

/** Ends the flows of a group that have all their bytes now; at least its first. */
const finish = (state: TransfersState, slot: number, onDone: OnDone): void => {
  const { goal, tag, first, weight, depth } = state
  bring(state, slot)
  // With a quantum, what would end nearer to now than to the next multiple ends now.
  const reached = state.served[slot]! * (1 + 1e-12) + (state.current[slot]! * state.quantumPs) / 2
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
