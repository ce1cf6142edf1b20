/**
 * One layer's slots while a search edits them. Units are those that live, numbered from 0. Sums over the copies on each
 * unit are kept, and an edit's change of cost is known before it is made. Hot: nothing allocates after `makeLayerState`.
 */
import { makeGreatest } from "./greatest.ts"
import type { UnitCost } from "./unit-cost.ts"

export interface LayerShape {
  /** Living units. */
  readonly units: number
  readonly slotsPerUnit: number
  readonly experts: number
  /** Routing groups, equal blocks of experts; 1 for none. */
  readonly groups: number
}

/** One more sum over the copies on a unit: what a copy of `expert`, one of `copies`, adds on `unit`. */
export type Extra = (expert: number, copies: number, unit: number) => number

/** Routing group of each expert. */
const groupsOf = (experts: number, groups: number): Uint16Array =>
  Uint16Array.from({ length: experts }, (_, e) => Math.floor((e * groups) / experts))

export const makeLayerState = ({ units, slotsPerUnit, experts, groups }: LayerShape) => {
  /** Expert in each slot, unit by unit; -1 for none. */
  const slots = new Int32Array(units * slotsPerUnit)
  const copies = new Uint16Array(experts)
  /** Units that hold expert `e`: `holders[e * units]` and the following, `copies[e]` in all, in no order. */
  const holders = new Uint16Array(experts * units)
  /** One more than the place of a unit in an expert's `holders`; 0 where it holds none. */
  const held = new Uint16Array(experts * units)
  /** Load of an expert, in shares of the mean unit. */
  const total = new Float64Array(experts)
  const load = new Float64Array(units)
  const mass = new Float64Array(units)
  const squares = new Float64Array(units)
  const groupSquares = new Float64Array(units)
  const extras = new Float64Array(units)
  /** Load of a unit from a group, less the mean unit's: `[unit * groups + group]`. */
  const fromGroup = new Float64Array(units * groups)
  /** Load of the mean unit from each group, and the sum of their squares. */
  const groupMean = new Float64Array(groups)
  let meanSquares = 0
  const cost = new Float64Array(units)
  /** Costs as tried, kept if the edit is made. */
  const triedCost = new Float64Array(units)
  const costliest = makeGreatest(cost)
  const groupOf = groupsOf(experts, groups)
  const grouped = groups > 1
  /** What one copy of an expert without copies weighs if all experts are equally loaded. */
  const share = units / experts
  /** Variance that the size of the sample adds to a load's square, for each share of load. */
  let luck = 0
  let costOf: UnitCost = () => 0
  let extraOf: Extra | undefined

  /** A copy's part of the variance: drift hits all copies at once, so that together they count as one. */
  const squareOf = (e: number, n: number): number => (total[e]! * (total[e]! + luck) * (1 - n / units)) / (n * n * n)

  /** Change of `u`'s cost when its load from group `g` changes by `dg` and from `h` by `dh`, and its sums by the rest. */
  const tryUnit = (u: number, g: number, dg: number, h: number, dh: number, dm: number, ds: number, dx: number) => {
    let groupsNow = groupSquares[u]!
    if (grouped) {
      const a = fromGroup[u * groups + g]!
      const b = fromGroup[u * groups + h]!
      groupsNow += g === h ? (dg + dh) * (2 * a + dg + dh) : dg * (2 * a + dg) + dh * (2 * b + dh)
    }
    const next = costOf(load[u]! + dg + dh, mass[u]! + dm, squares[u]! + ds, groupsNow, extras[u]! + dx, u)
    triedCost[u] = next
    return next - cost[u]!
  }

  /** Makes a change that was tried. */
  const change = (u: number, g: number, dg: number, h: number, dh: number, dm: number, ds: number, dx: number) => {
    if (grouped) {
      const a = u * groups + g
      groupSquares[u]! += dg * (2 * fromGroup[a]! + dg)
      fromGroup[a]! += dg
      const b = u * groups + h
      groupSquares[u]! += dh * (2 * fromGroup[b]! + dh)
      fromGroup[b]! += dh
    }
    load[u]! += dg + dh
    mass[u]! += dm
    squares[u]! += ds
    extras[u]! += dx
    cost[u] = triedCost[u]!
    costliest.update(u)
    return 0
  }

  const hold = (e: number, u: number): void => {
    const n = copies[e]!
    holders[e * units + n] = u
    held[e * units + u] = n + 1
    copies[e] = n + 1
  }

  const drop = (e: number, u: number): void => {
    const at = e * units
    const last = holders[at + copies[e]! - 1]!
    const place = held[at + u]! - 1
    holders[at + place] = last
    held[at + last] = place + 1
    held[at + u] = 0
    copies[e]!--
  }

  const move = (e: number, from: number, to: number): void => {
    const at = e * units
    const place = held[at + from]!
    holders[at + place - 1] = to
    held[at + to] = place
    held[at + from] = 0
  }

  /** Visits both units of a swap of `e` on `u` and `f` on `v`; either may be -1, an empty slot. */
  const visitSwap = (e: number, f: number, u: number, v: number, visit: typeof tryUnit): number => {
    const n = e < 0 ? 1 : copies[e]!
    const m = f < 0 ? 1 : copies[f]!
    const g = e < 0 ? 0 : groupOf[e]!
    const h = f < 0 ? 0 : groupOf[f]!
    const we = e < 0 ? 0 : total[e]! / n
    const wf = f < 0 ? 0 : total[f]! / m
    const dm = (f < 0 ? 0 : share / m) - (e < 0 ? 0 : share / n)
    const ds = (f < 0 ? 0 : squareOf(f, m)) - (e < 0 ? 0 : squareOf(e, n))
    let dxu = 0
    let dxv = 0
    if (extraOf !== undefined) {
      if (e >= 0) {
        dxu -= extraOf(e, n, u)
        dxv += extraOf(e, n, v)
      }
      if (f >= 0) {
        dxu += extraOf(f, m, u)
        dxv -= extraOf(f, m, v)
      }
    }
    return visit(u, g, -we, h, wf, dm, ds, dxu) + visit(v, g, we, h, -wf, -dm, -ds, dxv)
  }

  /** Visits every unit whose sums change when `u` takes a copy of `f` and gives up its copy of `e`, if that is not -1. */
  const visitPut = (e: number, f: number, u: number, visit: typeof tryUnit): number => {
    const m = copies[f]!
    const h = groupOf[f]!
    const wf = m === 0 ? 0 : total[f]! / m
    const df = total[f]! / (m + 1) - wf
    const mf = share / (m + 1) - (m === 0 ? 0 : share / m)
    const sf = squareOf(f, m + 1)
    const more = m === 0 ? 0 : sf - squareOf(f, m)
    const x = extraOf
    const gained = x === undefined ? 0 : x(f, m + 1, u)
    if (e < 0) {
      let sum = visit(u, h, total[f]! / (m + 1), h, 0, share / (m + 1), sf, gained)
      for (let i = f * units; i < f * units + m; i++) {
        const v = holders[i]!
        sum += visit(v, h, df, h, 0, mf, more, x === undefined ? 0 : x(f, m + 1, v) - x(f, m, v))
      }
      return sum
    }
    const n = copies[e]!
    const g = groupOf[e]!
    const we = total[e]! / n
    const de = total[e]! / (n - 1) - we
    const me = share / (n - 1) - share / n
    const se = squareOf(e, n)
    const less = squareOf(e, n - 1) - se
    const lost = x === undefined ? 0 : x(e, n, u)
    let sum = visit(u, g, -we, h, total[f]! / (m + 1), share / (m + 1) - share / n, sf - se, gained - lost)
    for (let i = e * units; i < e * units + n; i++) {
      const v = holders[i]!
      if (v === u) continue
      const dx = x === undefined ? 0 : x(e, n - 1, v) - x(e, n, v)
      if (held[f * units + v] === 0) sum += visit(v, g, de, g, 0, me, less, dx)
      else {
        const dy = x === undefined ? 0 : x(f, m + 1, v) - x(f, m, v)
        sum += visit(v, g, de, h, df, me + mf, less + more, dx + dy)
      }
    }
    for (let i = f * units; i < f * units + m; i++) {
      const v = holders[i]!
      if (held[e * units + v]! > 0) continue
      sum += visit(v, h, df, h, 0, mf, more, x === undefined ? 0 : x(f, m + 1, v) - x(f, m, v))
    }
    return sum
  }

  return {
    units,
    slotsPerUnit,
    experts,
    slots,
    copies,
    holders,
    held,
    total,
    load,
    extras,
    cost,
    groupOf,
    /** Cost of unit `u` if it held one of `n` copies of `e` and nothing else; sums and costs are those of the last `sum`. */
    costAlone: (e: number, n: number, u: number): number => {
      const w = total[e]! / n
      const mean = groupMean[groupOf[e]!]!
      const extra = extraOf === undefined ? 0 : extraOf(e, n, u)
      const ofGroups = meanSquares + w * (w - 2 * mean)
      return costOf(w, share / n, squareOf(e, n), ofGroups, extra, u)
    },
    /** The unit of greatest cost; the first of them where several have it. */
    costliest: costliest.index,

    /** Empties all slots; `counts` are the layer's, in any unit, not all 0; a load's square counts `perLoad` x load more. */
    clear: (counts: ArrayLike<number>, perLoad = 0): void => {
      luck = perLoad
      let sum = 0
      for (let e = 0; e < experts; e++) sum += counts[e]!
      for (let e = 0; e < experts; e++) total[e] = (counts[e]! * units) / sum
      slots.fill(-1)
      copies.fill(0)
      held.fill(0)
    },
    /** Starts over from slots, each -1 or an expert that its unit holds once; sums stay as they are until `sum` is called. */
    set: (from: ArrayLike<number>): void => {
      copies.fill(0)
      held.fill(0)
      for (let s = 0; s < slots.length; s++) {
        slots[s] = from[s]!
        if (slots[s]! >= 0) hold(slots[s]!, Math.floor(s / slotsPerUnit))
      }
    },
    /** Puts a copy into an empty slot; sums stay as they are until `sum` is called. */
    add: (slot: number, e: number): void => {
      slots[slot] = e
      hold(e, Math.floor(slot / slotsPerUnit))
    },
    /** Takes the copy out of a slot; sums stay as they are until `sum` is called. */
    remove: (slot: number): void => {
      drop(slots[slot]!, Math.floor(slot / slotsPerUnit))
      slots[slot] = -1
    },
    /** Takes all sums from the slots, with `extra` as one more, and costs by `unitCost`. */
    sum: (unitCost: UnitCost, extra?: Extra): void => {
      costOf = unitCost
      extraOf = extra
      for (const sums of [load, mass, squares, groupSquares, extras, fromGroup]) sums.fill(0)
      for (let u = 0; u < units; u++) {
        for (let s = u * slotsPerUnit; s < (u + 1) * slotsPerUnit; s++) {
          const e = slots[s]!
          if (e < 0) continue
          const n = copies[e]!
          load[u]! += total[e]! / n
          mass[u]! += share / n
          squares[u]! += squareOf(e, n)
          fromGroup[u * groups + groupOf[e]!]! += total[e]! / n
          if (extra !== undefined) extras[u]! += extra(e, n, u)
        }
      }
      meanSquares = 0
      for (let g = 0; g < groups; g++) {
        let mean = 0
        for (let u = 0; u < units; u++) mean += fromGroup[u * groups + g]! / units
        groupMean[g] = mean
        meanSquares += mean * mean
        for (let u = 0; u < units; u++) {
          const off = fromGroup[u * groups + g]! - mean
          fromGroup[u * groups + g] = off
          groupSquares[u]! += off * off
        }
      }
      for (let u = 0; u < units; u++)
        cost[u] = unitCost(load[u]!, mass[u]!, squares[u]!, groupSquares[u]!, extras[u]!, u)
      costliest.restart()
    },
    /** Change of the summed cost if slots `a` of `u` and `b` of `v` changed contents: no unit may get a second copy. */
    trySwap: (a: number, b: number, u: number, v: number): number => visitSwap(slots[a]!, slots[b]!, u, v, tryUnit),
    /** Makes the swap that was tried last. */
    swap: (a: number, b: number, u: number, v: number): void => {
      const e = slots[a]!
      const f = slots[b]!
      visitSwap(e, f, u, v, change)
      slots[a] = f
      slots[b] = e
      if (e >= 0) move(e, u, v)
      if (f >= 0) move(f, v, u)
    },
    /** Change of the summed cost if slot `a` of `u` held a copy of `f`: it is empty, or its expert has other copies. */
    tryPut: (a: number, u: number, f: number): number => visitPut(slots[a]!, f, u, tryUnit),
    /** Makes the put that was tried last. */
    put: (a: number, u: number, f: number): void => {
      const e = slots[a]!
      visitPut(e, f, u, change)
      if (e >= 0) drop(e, u)
      hold(f, u)
      slots[a] = f
    }
  }
}

export type LayerState = ReturnType<typeof makeLayerState>
