/** Greedy layouts: where searches start from. */
import { greatestOf, topIndices } from "@moira/core/statistics"
import { touchedShare } from "../loads/unit-loads.ts"
import type { LayoutSetup } from "./layout.ts"

/** Experts, each at least once, until all slots are taken or every expert is everywhere: the greatest load a copy first. */
export const waterFill = ({ live, slotsPerUnit, experts, chosen }: LayoutSetup): Uint16Array => {
  const copies = new Uint16Array(experts).fill(1)
  const load = Float64Array.from(copies, (_, e) => chosen.reduce((sum, shares) => Math.max(sum, shares[e]!), 0))
  for (let left = live.length * slotsPerUnit - experts; left > 0; left--) {
    let hottest = -1
    for (let e = 0; e < experts; e++) {
      if (copies[e]! >= live.length) continue
      if (hottest < 0 || load[e]! / copies[e]! > load[hottest]! / copies[hottest]!) hottest = e
    }
    if (hottest < 0) break
    copies[hottest]!++
  }
  return copies
}

/**
 * Lays out `copies` of each expert: by falling load a copy, each on the unit without that expert and with fewer than
 * `maxSlots` slots taken where the slowest workload is fastest afterwards (ties: the lower unit). A copy that finds no such
 * unit is left out; the first of an expert always finds one.
 */
export const packCopies = (setup: LayoutSetup, copies: ArrayLike<number>, maxSlots: number): Int32Array => {
  const { units, live, slotsPerUnit, experts, time, tokens, chosen } = setup
  const workloads = chosen.length
  const slots = new Int32Array(units * slotsPerUnit).fill(-1)
  const used = new Uint32Array(units)
  const on = new Uint8Array(experts * units)
  const choices = new Float64Array(workloads * units)
  const touched = new Float64Array(workloads * units)
  const shareOf = (w: number, e: number) => chosen[w]![e]! / copies[e]!
  const load = Float64Array.from({ length: experts }, (_, e) => greatestOf(chosen.map((_c, w) => shareOf(w, e))))
  const order = topIndices(load)

  const timeWith = (u: number, e: number): number => {
    let slowest = 0
    for (let w = 0; w < workloads; w++) {
      const share = shareOf(w, e)
      const at = w * units + u
      slowest = Math.max(slowest, time(u, touched[at]! + touchedShare(share, tokens), choices[at]! + tokens * share))
    }
    return slowest
  }
  const place = (e: number): void => {
    let best = -1
    let bestTime = Infinity
    for (const u of live) {
      if (used[u]! >= maxSlots || on[e * units + u] === 1) continue
      const after = timeWith(u, e)
      if (after < bestTime) [best, bestTime] = [u, after]
    }
    if (best < 0) return
    slots[best * slotsPerUnit + used[best]!] = e
    used[best]!++
    on[e * units + best] = 1
    for (let w = 0; w < workloads; w++) {
      choices[w * units + best]! += tokens * shareOf(w, e)
      touched[w * units + best]! += touchedShare(shareOf(w, e), tokens)
    }
  }
  // First copies of all experts have their slots kept for them: further copies may only take what is left over.
  let spare = live.length * maxSlots - experts
  for (const e of order) {
    place(e)
    for (let c = 1; c < copies[e]! && spare > 0; c++, spare--) place(e)
  }
  return slots
}
