/**
 * Transfers in flight, grouped by path, with max-min fair rates. Time moves from one completion to the next; rates are
 * worked out again only when the number of flows on some path has changed. Hot: no allocation after it is made.
 */
import { makeFairShare } from "./fair-share.ts"
import type { Paths } from "./paths.ts"

/** Told the tag of every completed transfer; may start further ones. */
export type OnDone = (tag: number) => void

export interface Transfers {
  /** Starts transfer `tag` of `bytes` now, in group slot `slot`, over `path[from]` to `path[to - 1]` of the paths. */
  readonly start: (slot: number, from: number, to: number, bytes: number, tag: number) => void
  /** The next completion in whole picoseconds; infinite when nothing is in flight. Settles rates first. */
  readonly nextPs: () => number
  /** Moves time to `atPs`, which is at most {@link nextPs}, and reports what is complete then. */
  readonly advance: (atPs: number, onDone: OnDone) => void
  /** Forgets everything and sets time to zero. */
  readonly reset: () => void
  /** Whether a slot has no group. A group keeps its slot, even with no flow left, until rates are worked out again. */
  readonly idle: (slot: number) => boolean
  /** Starts and completions since it was made. */
  readonly events: () => number
  /** How often rates were worked out since it was made. */
  readonly rateUpdates: () => number
}

/** Room for `slots` groups of at most `depth` flows each; all flows of a slot cross one path while it is not idle. */
export const makeTransfers = (paths: Paths, slots: number, depth: number): Transfers => {
  const pathStart = new Uint32Array(slots)
  const pathEnd = new Uint32Array(slots)
  const weight = new Uint32Array(slots)
  const rate = new Float64Array(slots)
  const problem = { capacity: paths.capacity, pathResource: paths.resource, pathStart, pathEnd, weight, rate }
  const share = makeFairShare(problem, slots * paths.longest)
  // Bytes that each flow of a group has got since the group had none, up to `sincePs`, at `current` since then.
  const served = new Float64Array(slots)
  const sincePs = new Float64Array(slots)
  const current = new Float64Array(slots)
  /** When the first flow of the group ends; infinite without flows, or before they have a rate. */
  const endPs = new Float64Array(slots).fill(Infinity)
  /** The earliest end among the 32 slots of a block, so that few are looked at to find the next; NaN where not known. */
  const blocks = Math.ceil(slots / 32)
  const blockPs = new Float64Array(blocks).fill(Infinity)
  /** Flows of the group when rates were last worked out. */
  const settled = new Uint32Array(slots)
  // Flows of a group by what `served` must reach, ascending: a ring of `depth`.
  const goal = new Float64Array(slots * depth)
  const tag = new Uint32Array(slots * depth)
  const first = new Uint32Array(slots)
  const active = new Uint32Array(slots)
  const place = new Int32Array(slots).fill(-1)
  let activeCount = 0
  let changed = 0
  let nowPs = 0
  let events = 0
  let rateUpdates = 0

  const at = (slot: number, i: number): number => {
    const ring = first[slot]! + i
    return slot * depth + (ring < depth ? ring : ring - depth)
  }

  const bring = (slot: number): void => {
    served[slot]! += current[slot]! * (nowPs - sincePs[slot]!)
    sincePs[slot] = nowPs
  }

  const resize = (slot: number, by: number): void => {
    if (weight[slot] === settled[slot]) changed++
    weight[slot]! += by
    if (weight[slot] === settled[slot]) changed--
    events++
  }

  const setEnd = (slot: number, ps: number): void => {
    const block = slot >>> 5
    if (ps <= blockPs[block]!) blockPs[block] = ps
    else if (endPs[slot] === blockPs[block]) blockPs[block] = Number.NaN
    endPs[slot] = ps
  }

  const earliest = (block: number): number => {
    const known = blockPs[block]!
    if (!Number.isNaN(known)) return known
    let least = Infinity
    for (let slot = block * 32; slot < Math.min(slots, block * 32 + 32); slot++) least = Math.min(least, endPs[slot]!)
    blockPs[block] = least
    return least
  }

  const plan = (slot: number): void => {
    const rest = Math.max(0, goal[at(slot, 0)]! - served[slot]!)
    setEnd(slot, Math.ceil(sincePs[slot]! + rest / current[slot]!))
  }

  const dropEmpty = (): void => {
    for (let a = activeCount - 1; a >= 0; a--) {
      const slot = active[a]!
      if (weight[slot]! > 0) continue
      const last = active[--activeCount]!
      active[a] = last
      place[last] = a
      place[slot] = -1
      settled[slot] = 0
      current[slot] = 0
    }
  }

  const settle = (): void => {
    if (changed === 0) return
    dropEmpty()
    share(active, activeCount)
    rateUpdates++
    for (let a = 0; a < activeCount; a++) {
      const slot = active[a]!
      settled[slot] = weight[slot]!
      if (rate[slot] === current[slot]) continue
      bring(slot)
      current[slot] = rate[slot]!
      plan(slot)
    }
    changed = 0
  }

  /** Ends the flows of a group that have all their bytes now; at least its first. */
  const finish = (slot: number, onDone: OnDone): void => {
    bring(slot)
    const reached = served[slot]! * (1 + 1e-12)
    let leaving = 0
    const flows = weight[slot]!
    do leaving++
    while (leaving < flows && goal[at(slot, leaving)]! <= reached)
    for (let i = 0; i < leaving; i++) {
      const of = tag[at(slot, 0)]!
      first[slot] = first[slot]! + 1 === depth ? 0 : first[slot]! + 1
      resize(slot, -1)
      onDone(of)
    }
    if (weight[slot]! > 0) plan(slot)
    else setEnd(slot, Infinity)
  }

  return {
    idle: (slot) => place[slot]! < 0,
    events: () => events,
    rateUpdates: () => rateUpdates,
    reset: () => {
      for (let a = 0; a < activeCount; a++) {
        const slot = active[a]!
        place[slot] = -1
        weight[slot] = 0
        settled[slot] = 0
        current[slot] = 0
        endPs[slot] = Infinity
      }
      blockPs.fill(Infinity)
      activeCount = 0
      changed = 0
      nowPs = 0
    },
    start: (slot, from, to, bytes, of) => {
      if (place[slot]! < 0) {
        place[slot] = activeCount
        active[activeCount++] = slot
        served[slot] = 0
        sincePs[slot] = nowPs
        first[slot] = 0
        current[slot] = 0
        setEnd(slot, Infinity)
      } else bring(slot)
      pathStart[slot] = from
      pathEnd[slot] = to
      // Equal transfers of a path end in the order they started; unequal ones are put where they belong.
      const reach = served[slot]! + bytes
      let i = weight[slot]!
      for (; i > 0 && goal[at(slot, i - 1)]! > reach; i--) {
        goal[at(slot, i)] = goal[at(slot, i - 1)]!
        tag[at(slot, i)] = tag[at(slot, i - 1)]!
      }
      goal[at(slot, i)] = reach
      tag[at(slot, i)] = of
      resize(slot, 1)
      if (current[slot]! > 0) plan(slot)
    },
    nextPs: () => {
      settle()
      let next = Infinity
      for (let block = 0; block < blocks; block++) next = Math.min(next, earliest(block))
      return next
    },
    advance: (atPs, onDone) => {
      nowPs = atPs
      for (let block = 0; block < blocks; block++) {
        if (earliest(block) > atPs) continue
        // Flows that start meanwhile end later.
        for (let slot = block * 32; slot < Math.min(slots, block * 32 + 32); slot++)
          if (endPs[slot]! <= atPs) finish(slot, onDone)
      }
    }
  }
}
