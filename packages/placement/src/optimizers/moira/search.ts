/** Finds one layer's layout: a start, annealing for the load after drift, and a last look at the fullest unit. */
import { sum } from "@moira/core/statistics"
import { anneal } from "./anneal.ts"
import { makeDescendCopies } from "./descend-copies.ts"
import { type Drift, measuredDrift } from "./drift.ts"
import { type Extra, type LayerShape, type LayerState, makeLayerState } from "./layer-state.ts"
import { trustOf } from "./sample.ts"
import { settle } from "./settle.ts"
import { makeStart } from "./start.ts"
import { balanceCost, type UnitCost } from "./unit-cost.ts"

/** At most: a load 1 % above what the fullest unit must carry costs e times as much. */
export const sharpness = 100

/** Loads as counted need only be level to a part of what drift makes of them: e times the cost at a tenth of its deviation. */
const sharpnessOfDeviation = 10

/** No last look where the fullest unit is as near to the floor as this part of the deviation. */
const settledOfDeviation = 0.012
const settledAtMost = 2.5e-3

/** Steps of annealing for each slot: a layer of 320 slots takes some 8 ms. */
const stepsPerSlot = 75

/** Small layers get stuck more easily and take no time: they have so many steps in all, in several tries. */
const smallSlots = 64
const stepsInAll = 40_000
const maxTries = 24

/** Their tries take a cost that is 1, 2, 4 and 8 times softer in turn: ways to better layouts lead over worse ones. */
const softerTries = 4

/** A unit at the floor costs near 2, see `balanceCost`; a start far from it begins hotter, at a part of its costliest unit. */
const temperatures = { hot: 0.1, ofCostliest: 0.1, hottest: 10, cold: 0.0005 }

/** Part of sqrt(2 ln units) / deviation, with which a soft maximum of normal loads would see the greatest only. */
const softness = 0.6

/** Where drift hardly moves a unit, its load as counted is what matters. */
const boldest = 40

/**
 * The load, in shares of the mean unit, below which the fullest unit cannot get with these copies: the mean, or
 * the hottest copy beside the lightest copies of other experts that fill its unit.
 */
export const makeFloor = (experts: number) => {
  const weights = new Float64Array(experts)
  return ({ total, copies, slotsPerUnit }: LayerState): number => {
    for (let e = 0; e < experts; e++) weights[e] = total[e]! / copies[e]!
    weights.sort()
    let floor = weights[experts - 1]!
    for (let i = 0; i < slotsPerUnit - 1; i++) floor += weights[i]!
    return Math.max(1, floor)
  }
}

const fullestOf = ({ load }: LayerState): number => load.reduce((most, value) => Math.max(most, value), 0)

export interface SearchOptions {
  readonly drift?: Drift
  readonly stepsPerSlot?: number
}

/** Reused from layer to layer; searches leave the layout in `state`, all of whose slots are filled. */
export const makeSearch = (shape: LayerShape, options: SearchOptions = {}) => {
  const { units, slotsPerUnit, experts } = shape
  const drift = options.drift ?? measuredDrift
  const steps = (options.stepsPerSlot ?? stepsPerSlot) * units * slotsPerUnit
  const state = makeLayerState(shape)
  const start = makeStart(shape)
  const descendCopies = makeDescendCopies(experts)
  const floorOf = makeFloor(experts)
  const deviations: UnitCost = (_load, _mass, squares, groupSquares) =>
    Math.sqrt(drift.expertSd ** 2 * squares + drift.groupSd ** 2 * groupSquares)

  /** Of the tries of one layer. */
  const best = new Int32Array(units * slotsPerUnit)
  let cost: UnitCost = () => 0

  /** Of the counts of the layer that is placed, as a sample. */
  let reliability = 1

  /** Standard deviation of the load of a mean unit under drift, in shares of that load. */
  let deviation = 0

  const measureDeviation = (): void => {
    state.sum(deviations)
    deviation = 0
    for (let u = 0; u < units; u++) deviation += state.cost[u]! / units
  }

  /** The cost by which a layer of these copies is balanced. */
  const costNow = (softer = 1): UnitCost => {
    measureDeviation()
    const peak = softness * Math.sqrt(2 * Math.log(units))
    return balanceCost({
      drift: { ...drift, shrink: 1 - (1 - drift.shrink) * reliability },
      floor: floorOf(state),
      sharpness: Math.min(sharpness, sharpnessOfDeviation / Math.max(deviation, 1e-9)) / softer,
      boldness: Math.min(boldest, peak / Math.max(deviation, 1e-9)) / softer
    })
  }

  const settleNow = (): void =>
    settle(state, floorOf(state) * (1 + Math.min(settledAtMost, settledOfDeviation * deviation)))

  /** Where units are `alike`, whole units that change places change nothing. */
  const annealFor = (tries: number, seed: number, softer = 1, alike = true): void => {
    if (slotsPerUnit === experts || tries === 0) return
    if (slotsPerUnit === 1 && alike) return descendCopies(state)
    let costliest = 0
    for (let u = 0; u < units; u++) costliest = Math.max(costliest, state.cost[u]!)
    const { hot, ofCostliest, hottest, cold } = temperatures
    const first = softer > 1 ? hottest : Math.min(hottest, Math.max(hot, ofCostliest * (costliest - 2)))
    anneal(state, { steps: tries, seed, hot: first, cold })
  }

  /** From the start, whose copies `varySeed` varies; annealed by a cost that is `softer` by that factor, judged by the usual one. */
  const attempt = (counts: ArrayLike<number>, tries: number, seed: number, softer = 1, varySeed?: number): void => {
    const trust = trustOf(counts)
    reliability = trust.reliability
    // Luck adds load x (1 / selections) to the variance of a load, here in terms of drift's.
    state.clear(counts, drift.expertSd > 0 ? units / (trust.selections * drift.expertSd ** 2) : 0)
    start(state, varySeed)
    cost = costNow()
    state.sum(softer === 1 ? cost : costNow(softer))
    annealFor(tries, seed, softer)
    if (softer !== 1) state.sum(cost)
    settleNow()
  }

  return {
    state,
    /** Places the layer whose experts were chosen `counts` times, not all 0; gives the cost that it made small. */
    balance: (counts: ArrayLike<number>, seed: number): UnitCost => {
      if (state.slots.length > smallSlots) {
        attempt(counts, steps, seed, 1, seed)
        return cost
      }
      const tries = Math.max(1, Math.min(maxTries, Math.floor(stepsInAll / steps)))
      // The greedy start, then annealed ones that are about as level on the counts and better after drift.
      attempt(counts, 0, seed)
      let level = fullestOf(state)
      best.set(state.slots)
      let least = sum(state.cost)
      for (let i = 0; i < tries; i++) {
        const varied = Math.floor(i / softerTries) % 2 === 1
        attempt(counts, steps, seed + i, 2 ** (i % softerTries), varied ? seed + i : undefined)
        const [now, whole] = [fullestOf(state), sum(state.cost)]
        if (now > level * (1 + settledAtMost) || (whole >= least && now >= level * (1 - settledAtMost))) continue
        level = Math.min(level, now)
        least = whole
        best.set(state.slots)
      }
      state.set(best)
      state.sum(cost)
      return cost
    },
    /** Goes on from the layout that is there with another cost, for a third of the steps; says whether it takes units for alike. */
    goOn: (other: UnitCost, extra: Extra, seed: number, alike: boolean): void => {
      state.sum(other, extra)
      annealFor(Math.ceil(steps / 3), seed, 1, alike)
    },
    floor: (): number => floorOf(state),
    settle: settleNow
  }
}

export type Search = ReturnType<typeof makeSearch>
