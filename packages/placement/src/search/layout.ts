/**
 * One layer's slots while a search edits them: what each unit computes, reads and takes is kept up to date, and the
 * cost of an edit is known before it is made. Hot: evaluating an edit allocates nothing.
 */
import type { UnitTime } from "@moira/hardware"
import { touchedShare } from "../loads/unit-loads.ts"

export interface LayoutSetup {
  readonly units: number
  /** Units that may hold experts. */
  readonly live: ReadonlyArray<number>
  readonly slotsPerUnit: number
  readonly experts: number
  readonly time: UnitTime
  /** Tokens of one layer step. */
  readonly tokens: number
  /** By workload: the chance that one of its tokens chooses each expert. */
  readonly chosen: ReadonlyArray<ArrayLike<number>>
}

/** What a layout takes: the sum over workloads of the slowest unit's picoseconds; ties by the sum of all squares. */
export interface Cost {
  slowest: number
  squares: number
}

/** Less than this share of a cost is rounding. */
export const rounding = 1e-9

/** Whether `a` is better than `b` by more than a share of `least`: less time, or as much and more evenly spread. */
export const isBetter = (a: Cost, b: Cost, least = rounding): boolean =>
  a.slowest < b.slowest * (1 - least) || (a.slowest <= b.slowest && a.squares < b.squares * (1 - least))

export interface Layout {
  readonly slots: Int32Array
  /** Copies of each expert. */
  readonly copies: Uint16Array
  /** Whether `unit` holds `expert`; no unit holds one twice. */
  readonly holds: (expert: number, unit: number) => boolean
  /** Starts over from `slots`, which hold every expert. */
  readonly set: (slots: ArrayLike<number>) => void
  readonly cost: () => Cost
  /** Picoseconds of a unit, summed over workloads. */
  readonly timeOf: (unit: number) => number
  /** Chance that a token of a workload comes to one copy of an expert. */
  readonly shareOf: (workload: number, expert: number) => number
  /** The unit that takes longest under one workload. */
  readonly slowestUnit: (workload: number) => number
  /** Writes to `cost` what exchanging the contents of two slots of different units would give; either may be empty. */
  readonly trySwap: (a: number, b: number, cost: Cost) => void
  readonly swap: (a: number, b: number) => void
  /** The same for a slot that gets a copy of `expert` (none: -1) instead of what it holds. */
  readonly tryPut: (slot: number, expert: number, cost: Cost) => void
  readonly put: (slot: number, expert: number) => void
}

export const makeLayout = (setup: LayoutSetup): Layout => {
  const { units, live, slotsPerUnit, experts, time, tokens, chosen } = setup
  const workloads = chosen.length
  const most = live.length + 1
  const slots = new Int32Array(units * slotsPerUnit).fill(-1)
  const copies = new Uint16Array(experts)
  const on = new Uint8Array(experts * units)
  // By workload, expert and copies: chance that a copy is read; filled when first asked for.
  const reads = new Float64Array(workloads * experts * (most + 1)).fill(-1)
  const choices = new Float64Array(workloads * units)
  const touched = new Float64Array(workloads * units)
  const times = new Float64Array(workloads * units)
  // By workload: the three slowest units, and the sum of all squares.
  const top = new Int32Array(workloads * 3)
  const squares = new Float64Array(workloads)

  const choiceShare = (w: number, e: number, c: number) => (c === 0 ? 0 : (tokens * chosen[w]![e]!) / c)
  const readShare = (w: number, e: number, c: number) => {
    if (c === 0) return 0
    const at = (w * experts + e) * (most + 1) + c
    if (reads[at]! < 0) reads[at] = touchedShare(chosen[w]![e]! / c, tokens)
    return reads[at]!
  }

  const recount = () => {
    choices.fill(0)
    touched.fill(0)
    for (let s = 0; s < slots.length; s++) {
      const e = slots[s]!
      if (e < 0) continue
      const u = Math.floor(s / slotsPerUnit)
      for (let w = 0; w < workloads; w++) {
        choices[w * units + u]! += choiceShare(w, e, copies[e]!)
        touched[w * units + u]! += readShare(w, e, copies[e]!)
      }
    }
    for (let w = 0; w < workloads; w++) {
      squares[w] = 0
      top.fill(-1, 3 * w, 3 * w + 3)
      for (let u = 0; u < units; u++) {
        const t = time(u, touched[w * units + u]!, choices[w * units + u]!)
        times[w * units + u] = t
        squares[w]! += t * t
        rank(w, u, t)
      }
    }
  }
  /** Keeps the three slowest units of a workload: with two of them changed, the slowest of the rest is still known. */
  const rank = (w: number, unit: number, t: number) => {
    const slower = (at: number) => top[at]! >= 0 && times[w * units + top[at]!]! >= t
    const from = 3 * w
    if (slower(from + 2)) return
    const place = slower(from + 1) ? 2 : slower(from) ? 1 : 0
    for (let i = 2; i > place; i--) top[from + i] = top[from + i - 1]!
    top[from + place] = unit
  }
  const slowestBut = (w: number, u: number, v: number): number => {
    for (let i = 3 * w; i < 3 * w + 3; i++) {
      const unit = top[i]!
      if (unit >= 0 && unit !== u && unit !== v) return times[w * units + unit]!
    }
    return 0
  }

  /** Costs with the times of up to all units replaced by those of `changed`. */
  const changedTimes = new Float64Array(units)
  const isChanged = new Uint8Array(units)
  const addCost = (w: number, cost: Cost) => {
    let slowest = 0
    let sum = 0
    for (let u = 0; u < units; u++) {
      const t = isChanged[u] === 1 ? changedTimes[u]! : times[w * units + u]!
      if (t > slowest) slowest = t
      sum += t * t
    }
    cost.slowest += slowest
    cost.squares += sum
  }
  const clear = (cost: Cost) => {
    cost.slowest = 0
    cost.squares = 0
  }

  const set: Layout["set"] = (from) => {
    slots.set(from)
    copies.fill(0)
    on.fill(0)
    for (let s = 0; s < slots.length; s++) {
      const e = slots[s]!
      if (e < 0) continue
      copies[e]!++
      on[e * units + Math.floor(s / slotsPerUnit)] = 1
    }
    recount()
  }

  return {
    slots,
    copies,
    holds: (e, u) => on[e * units + u] === 1,
    set,
    cost: () => {
      const cost = { slowest: 0, squares: 0 }
      for (let w = 0; w < workloads; w++) addCost(w, cost)
      return cost
    },
    timeOf: (u) => {
      let sum = 0
      for (let w = 0; w < workloads; w++) sum += times[w * units + u]!
      return sum
    },
    shareOf: (w, e) => chosen[w]![e]! / copies[e]!,
    slowestUnit: (w) => top[3 * w]!,
    trySwap: (a, b, cost) => {
      const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
      const [x, y] = [slots[a]!, slots[b]!]
      clear(cost)
      for (let w = 0; w < workloads; w++) {
        let more = 0
        let reading = 0
        if (x >= 0) {
          more -= choiceShare(w, x, copies[x]!)
          reading -= readShare(w, x, copies[x]!)
        }
        if (y >= 0) {
          more += choiceShare(w, y, copies[y]!)
          reading += readShare(w, y, copies[y]!)
        }
        const [oldU, oldV] = [times[w * units + u]!, times[w * units + v]!]
        const newU = time(u, touched[w * units + u]! + reading, choices[w * units + u]! + more)
        const newV = time(v, touched[w * units + v]! - reading, choices[w * units + v]! - more)
        cost.slowest += Math.max(newU, newV, slowestBut(w, u, v))
        cost.squares += squares[w]! - oldU * oldU - oldV * oldV + newU * newU + newV * newV
      }
    },
    swap: (a, b) => {
      const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
      const [x, y] = [slots[a]!, slots[b]!]
      if (x >= 0) {
        on[x * units + u] = 0
        on[x * units + v] = 1
      }
      if (y >= 0) {
        on[y * units + v] = 0
        on[y * units + u] = 1
      }
      slots[a] = y
      slots[b] = x
      recount()
    },
    tryPut: (slot, expert, cost) => {
      const at = Math.floor(slot / slotsPerUnit)
      const old = slots[slot]!
      const [cOld, cNew] = [old < 0 ? 0 : copies[old]!, expert < 0 ? 0 : copies[expert]!]
      clear(cost)
      for (let w = 0; w < workloads; w++) {
        for (let u = 0; u < units; u++) {
          let more = 0
          let reading = 0
          if (old >= 0 && on[old * units + u] === 1) {
            const left = u === at ? 0 : cOld - 1
            more += choiceShare(w, old, left) - choiceShare(w, old, cOld)
            reading += readShare(w, old, left) - readShare(w, old, cOld)
          }
          if (expert >= 0 && (u === at || on[expert * units + u] === 1)) {
            const before = u === at ? 0 : cNew
            more += choiceShare(w, expert, cNew + 1) - choiceShare(w, expert, before)
            reading += readShare(w, expert, cNew + 1) - readShare(w, expert, before)
          }
          isChanged[u] = more === 0 && reading === 0 ? 0 : 1
          if (isChanged[u] === 1)
            changedTimes[u] = time(u, touched[w * units + u]! + reading, choices[w * units + u]! + more)
        }
        addCost(w, cost)
      }
      isChanged.fill(0)
    },
    put: (slot, expert) => {
      const u = Math.floor(slot / slotsPerUnit)
      const old = slots[slot]!
      if (old >= 0) {
        copies[old]!--
        on[old * units + u] = 0
      }
      if (expert >= 0) {
        copies[expert]!++
        on[expert * units + u] = 1
      }
      slots[slot] = expert
      recount()
    }
  }
}
