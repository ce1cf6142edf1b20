/** The split of tokens among copies with the lowest fullest unit, exactly: a parametric maximum flow. Hot, no allocation. */
import type { Holders } from "@moira/hardware"

const none = 0xffff

/**
 * Whole tokens from experts to their holders so that the fullest unit has as few as any split gives it; `allocation` is all zero on
 * entry. Returns that least maximum.
 *
 * `level` is always a lower bound of it, at first the mean or the tokens of an expert with one holder. Tokens are placed up to
 * the level; one more is placed along an augmenting path (it takes the place of another expert's tokens, which go on to another
 * holder). Where there is no path, the units that were reached are all full of tokens that may lie nowhere else,
 * so those tokens and the waiting ones over these units are the next level. When all are placed, the bound is met.
 */
export interface MinMax {
  readonly split: (expertTokens: Uint32Array, holders: Holders, allocation: Uint32Array) => number
  /** What the last split took: searches for a path, and copies looked at on the way. */
  readonly searches: () => number
  readonly looks: () => number
}

/**
 * Cycles for each expert, copy, search for a path and copy looked at in one: `scripts/calibrate/decisions/dispatch.c` measures them. With
 * ten to twenty copies a unit that is 20 to 40 us, where LPLB's authors speak of about 100 us for their solver on one multiprocessor.
 */
const cycles = { expert: 8, copy: 3, search: 24, look: 11 }

/** Cycles that the last split took on a command processor. */
export const minMaxCycles = ({ searches, looks }: MinMax, copies: number, experts: number): number =>
  cycles.expert * experts + cycles.copy * copies + cycles.search * searches() + cycles.look * looks()

export const makeMinMax = (units: number, experts: number): MinMax => {
  const load = new Float64Array(units)
  /** Experts with several holders, most tokens first. */
  const several = new Uint32Array(experts)
  const waiting = new Float64Array(experts)
  /** Unit `u` may compute experts `choice[first[u]]` to `choice[first[u + 1]]` of several holders. */
  const first = new Uint32Array(units + 1)
  const choice = new Uint16Array(experts * units)
  const filled = new Uint32Array(units)
  const queue = new Uint16Array(units)
  const reached = new Uint8Array(units)
  /** From which unit, `none` for the start, and by whose tokens a unit was reached. */
  const fromUnit = new Uint16Array(units)
  const byExpert = new Uint16Array(units)
  let level = 0
  let searches = 0
  let looks = 0

  const placeSingles = (expertTokens: Uint32Array, { start, unit }: Holders, allocation: Uint32Array): number => {
    load.fill(0)
    let count = 0
    let total = 0
    for (let e = 0; e < experts; e++) {
      total += expertTokens[e]!
      if (expertTokens[e] === 0) continue
      if (start[e + 1]! - start[e]! > 1) several[count++] = e
      else {
        const u = unit[start[e]!]!
        allocation[e * units + u] = expertTokens[e]!
        load[u]! += expertTokens[e]!
      }
    }
    level = Math.ceil(total / units)
    for (let u = 0; u < units; u++) if (load[u]! > level) level = load[u]!
    return count
  }

  /** Fills `first` and `choice`. */
  const listChoices = (count: number, { start, unit }: Holders): void => {
    first.fill(0)
    for (let i = 0; i < count; i++)
      for (let h = start[several[i]!]!; h < start[several[i]! + 1]!; h++) first[unit[h]! + 1]!++
    for (let u = 0; u < units; u++) first[u + 1]! += first[u]!
    filled.fill(0)
    for (let i = 0; i < count; i++) {
      const e = several[i]!
      for (let h = start[e]!; h < start[e + 1]!; h++) {
        const u = unit[h]!
        choice[first[u]! + filled[u]!++] = e
      }
    }
  }

  /** Reaches holders of `e` that are new; `from` is the unit whose tokens of `e` could go there. */
  const reach = (e: number, from: number, tail: number, { start, unit }: Holders): number => {
    let end = tail
    for (let h = start[e]!; h < start[e + 1]!; h++) {
      const u = unit[h]!
      if (reached[u] === 1) continue
      reached[u] = 1
      fromUnit[u] = from
      byExpert[u] = e
      queue[end++] = u
    }
    return end
  }

  /** Places some waiting tokens of `e`, or raises the level. */
  const augment = (e: number, holders: Holders, allocation: Uint32Array): void => {
    searches++
    reached.fill(0)
    let tail = reach(e, none, 0, holders)
    for (let head = 0; head < tail; head++) {
      const u = queue[head]!
      if (load[u]! < level) return shift(e, u, allocation)
      looks += first[u + 1]! - first[u]!
      for (let c = first[u]!; c < first[u + 1]!; c++) {
        const f = choice[c]!
        if (allocation[f * units + u]! > 0) tail = reach(f, u, tail, holders)
      }
    }
    level += Math.ceil(waiting[e]! / tail)
  }

  /** Moves tokens along the path that ends at `end`, as many as fit. */
  const shift = (e: number, end: number, allocation: Uint32Array): void => {
    let tokens = Math.min(waiting[e]!, level - load[end]!)
    for (let u = end; fromUnit[u] !== none; u = fromUnit[u]!)
      tokens = Math.min(tokens, allocation[byExpert[u]! * units + fromUnit[u]!]!)
    let u = end
    for (; fromUnit[u] !== none; u = fromUnit[u]!) {
      allocation[byExpert[u]! * units + u]! += tokens
      allocation[byExpert[u]! * units + fromUnit[u]!]! -= tokens
    }
    allocation[e * units + u]! += tokens
    load[end]! += tokens
    waiting[e]! -= tokens
  }

  return {
    searches: () => searches,
    looks: () => looks,
    split: (expertTokens, holders, allocation) => {
      searches = 0
      looks = 0
      const count = placeSingles(expertTokens, holders, allocation)
      listChoices(count, holders)
      for (let i = 0; i < count; i++) {
        const e = several[i]!
        waiting[e] = expertTokens[e]!
        while (waiting[e] > 0) augment(e, holders, allocation)
      }
      return level
    }
  }
}
