/**
 * Many windows of traffic at once. Requests come in groups, and experts that one request likes rise and fall together, so that a unit which
 * holds several of them is full in one window and empty in the next. Windows are drawn from the groups that were seen (sample
 * average approximation, Kleywegt, Shapiro and Homem-de-Mello 2002), and positions are annealed to be level over all of them.
 */
import { random, substream } from "@moira/core"
import { exp, sum } from "@moira/core/statistics"
import type { GroupCounts } from "../../optimizer.ts"
import { makeGreatest } from "./greatest.ts"
import type { LayerState } from "./layer-state.ts"

/** Windows that are drawn. */
const windowCount = 32

/** Fewer groups say too little of how traffic varies. */
const minGroups = 8

const stepsPerSlot = 150
const minSteps = 10_000

/** Rise of cost, in windows of one unit as full as the fullest, that one part in e of the tries accept, at first and at last. */
const temperatures = { hot: 0.1, cold: 1e-4 }

/** A unit's cost is the sum over windows of (load / fullest)^64. */
const squarings = 6

/**
 * Groups of each window, drawn with replacement, half as many as there are: what was seen and what comes are samples of so many groups
 * each, so that the one differs from the other as samples of half the size differ from their law.
 */
const drawWindows = (groups: number, seed: number): ReadonlyArray<Uint16Array> => {
  const { below } = random(substream(seed, "windows"))
  return Array.from({ length: windowCount }, () =>
    Uint16Array.from({ length: Math.ceil(groups / 2) }, () => below(groups))
  )
}

/** Loads of a layer, `[expert * windows + window]`, in shares of the mean unit; a window without any selection is like all together. */
const windowLoads = (
  groups: GroupCounts,
  layerIndex: number,
  counts: ArrayLike<number>,
  drawn: ReadonlyArray<Uint16Array>,
  units: number
): Float64Array => {
  const experts = counts.length
  const loads = new Float64Array(experts * windowCount)
  const one = new Float64Array(experts)
  drawn.forEach((picked, w) => {
    one.fill(0)
    for (const g of picked) {
      const row = groups[g]![layerIndex]!
      for (let e = 0; e < experts; e++) one[e]! += row[e]!
    }
    let total = sum(one)
    if (total === 0) {
      one.set(counts)
      total = sum(one)
    }
    for (let e = 0; e < experts; e++) loads[e * windowCount + w] = (one[e]! * units) / total
  })
  return loads
}

/** Swaps slots of different units while that makes the units level over all windows. Hot, allocates only at its start. */
const annealOver = (state: LayerState, windows: Float64Array, seed: number): void => {
  const { units, slotsPerUnit, slots, copies, held } = state
  // Whole units that change places change nothing.
  if (units < 2 || slotsPerUnit < 2) return
  const loads = new Float64Array(units * windowCount)
  const cost = new Float64Array(units)
  const tried = new Float64Array(2)
  for (let s = 0; s < slots.length; s++) {
    const e = slots[s]!
    if (e < 0) continue
    const u = Math.floor(s / slotsPerUnit)
    for (let w = 0; w < windowCount; w++) loads[u * windowCount + w]! += windows[e * windowCount + w]! / copies[e]!
  }
  let fullest = 0
  for (let u = 0; u < units; u++)
    fullest = Math.max(fullest, sum(loads.subarray(u * windowCount, (u + 1) * windowCount)) / windowCount)

  /** Cost of unit `u` if it gave a copy of `out` for one of `into`; the same expert leaves it as it is. */
  const costOf = (u: number, out: number, into: number): number => {
    const lost = 1 / copies[out]!
    const gained = 1 / copies[into]!
    let total = 0
    for (let w = 0; w < windowCount; w++) {
      const change = windows[into * windowCount + w]! * gained - windows[out * windowCount + w]! * lost
      let power = (loads[u * windowCount + w]! + change) / fullest
      for (let i = 0; i < squarings; i++) power *= power
      total += power
    }
    return total / windowCount
  }
  const give = (u: number, out: number, into: number): void => {
    const lost = 1 / copies[out]!
    const gained = 1 / copies[into]!
    for (let w = 0; w < windowCount; w++)
      loads[u * windowCount + w]! += windows[into * windowCount + w]! * gained - windows[out * windowCount + w]! * lost
  }

  for (let u = 0; u < units; u++) cost[u] = costOf(u, slots[u * slotsPerUnit]!, slots[u * slotsPerUnit]!)
  const costliest = makeGreatest(cost)
  costliest.restart()
  const { uniform, below } = random(seed)
  const steps = Math.max(minSteps, stepsPerSlot * slots.length)
  const cooling = (temperatures.cold / temperatures.hot) ** (1 / steps)
  let temperature = temperatures.hot
  for (let step = 0; step < steps; step++) {
    temperature *= cooling
    const u = step % 2 === 0 ? costliest.index() : below(units)
    const v = below(units)
    const a = u * slotsPerUnit + below(slotsPerUnit)
    const b = v * slotsPerUnit + below(slotsPerUnit)
    const e = slots[a]!
    const f = slots[b]!
    if (held[e * units + v]! > 0 || held[f * units + u]! > 0) continue
    tried[0] = costOf(u, e, f)
    tried[1] = costOf(v, f, e)
    const change = tried[0] + tried[1] - cost[u]! - cost[v]!
    if (change > 0 && uniform() >= exp(-change / temperature)) continue
    give(u, e, f)
    give(v, f, e)
    cost[u] = tried[0]
    cost[v] = tried[1]
    costliest.update(u)
    costliest.update(v)
    state.trySwap(a, b, u, v)
    state.swap(a, b, u, v)
  }
}

/** Levels the layout in a search's state, all of whose slots are filled, over windows of the groups; none where groups are too few. */
export const makeLevelOver = (groups: GroupCounts | undefined, units: number, seed: number) => {
  if (groups === undefined || groups.length < minGroups) return undefined
  const drawn = drawWindows(groups.length, seed)
  return (state: LayerState, layerIndex: number, counts: ArrayLike<number>, layerSeed: number): void =>
    annealOver(state, windowLoads(groups, layerIndex, counts, drawn, units), layerSeed)
}
