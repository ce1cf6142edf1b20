/** Places all layers of an input, one after the other. */
import { leastOf } from "@moira/core/statistics"
import { unitTime } from "@moira/hardware"
import { expertsPerToken, substream } from "@moira/core"
import { liveUnits, slotsPerUnitOf } from "../../input/check-input.ts"
import { countsOrEven } from "../../input/layer-counts.ts"
import { chosenShares, shapeOf, touchedShare } from "../../loads/unit-loads.ts"
import { defaultBatchTokens, type LayerSpan, type PlacementInput } from "../../optimizer.ts"
import { atBest, bringHome, canHome, homesOf } from "./homing.ts"
import { makeLayerTimes } from "./layer-time.ts"
import { makeSearch, sharpness } from "./search.ts"
import { timedCost, type UnitCost } from "./unit-cost.ts"
import { makeLevelOver } from "./windows.ts"

/** Part of a layer step that going home with groups must save before it is done: it gives up some balance after drift. */
const worthGoingHome = 0.02

/**
 * Part of a layer step that a layout made for one batch size must save before it replaces the balanced one, which serves
 * all sizes: where reading dominates, copies of rare experts are cheaper than those of hot ones.
 */
const worthUnbalancing = 0.1

/** Slots of all units, dead ones and those beyond `filled` empty, from `filled` slots of each living one. */
export const spread = (
  slots: ArrayLike<number>,
  filled: number,
  live: ReadonlyArray<number>,
  shape: { readonly units: number; readonly slotsPerUnit: number }
): Int32Array => {
  const all = new Int32Array(shape.units * shape.slotsPerUnit).fill(-1)
  live.forEach((u, i) => {
    for (let s = 0; s < filled; s++) all[u * shape.slotsPerUnit + s] = slots[i * filled + s]!
  })
  return all
}

/** The slots of each layer, or of those of a span. */
export const placeLayers = (
  input: PlacementInput,
  { from, to }: LayerSpan = { from: 0, to: input.layers.length }
): ReadonlyArray<Int32Array> => {
  const { model, fabric, layers, seed = 1, batchTokens = defaultBatchTokens } = input
  const { experts } = model
  const perToken = expertsPerToken(model)
  const live = liveUnits(input)
  const slotsPerUnit = slotsPerUnitOf(input)
  // More slots than experts on a unit would hold an expert twice.
  const filled = Math.min(slotsPerUnit, experts)
  const groups = model.routing?.groups ?? 1
  const search = makeSearch({ units: live.length, slotsPerUnit: filled, experts, groups })
  const { state } = search
  const times = makeLayerTimes(input)
  const time = unitTime(fabric, shapeOf(input))
  const serverOf = live.map((u) => fabric.serverOf[u]!)
  const all = { units: fabric.units, slotsPerUnit }
  // Told by a step that mostly reads and one that mostly computes.
  const asFast = [1, 1e6].every((tokens) => live.every((u) => time(u, 1, tokens) === time(live[0]!, 1, tokens)))
  const levelOver = makeLevelOver(input.groups, live.length, substream(seed, "moira"))

  return layers.slice(from, to).map((layer, i) => {
    const l = from + i
    const counts = countsOrEven(input.counts![l]!)
    const laid = () => ({ slots: spread(state.slots, filled, live, all), slotsPerUnit, counts })
    const seedOf = (what: string) => substream(seed, "moira", what, layer)

    const balance = search.balance(counts, seedOf("balance"))
    if (levelOver !== undefined) {
      levelOver(state, l, counts, seedOf("windows"))
      state.sum(balance)
    }
    let best = laid()
    let bestTimes = times(best)
    const totalPs = () => bestTimes.expertsPs + bestTimes.exchangePs
    const keepIfWorth = (part: number) => {
      const next = laid()
      const nextTimes = times(next)
      if (nextTimes.expertsPs + nextTimes.exchangePs > totalPs() * (1 - part)) return
      best = next
      bestTimes = nextTimes
    }

    if (canHome(input) && bestTimes.exchangePs > 0) {
      const homes = homesOf(counts, groups, fabric.servers)
      const least = atBest(input, best, homes, times)
      if (least.exchangePs + bestTimes.expertsPs <= totalPs() * (1 - worthGoingHome)) {
        bringHome(search, balance, homes, serverOf, seedOf("homes"))
        search.settle()
        keepIfWorth(worthGoingHome)
      }
    }

    const chosen = chosenShares(counts, perToken)
    let read = 0
    for (let e = 0; e < experts; e++) read += touchedShare(chosen[e]!, batchTokens)
    const choices = (batchTokens * perToken) / live.length
    // No layout reads less than every expert once, nor computes less on its fullest unit than these copies make it.
    const floorPs = leastOf(
      live.map((u) => Math.max(time(u, read / live.length, choices), time(u, 1, choices * search.floor())))
    )
    if (floorPs + bestTimes.exchangePs <= totalPs() * (1 - worthUnbalancing)) {
      const reads = (e: number, n: number) => touchedShare(chosen[e]! / n, batchTokens)
      const cost: UnitCost = timedCost(balance, { time, live, choices, floorPs, sharpness })
      search.goOn(cost, reads, seedOf("time"), asFast)
      keepIfWorth(worthUnbalancing)
    }
    return best.slots
  })
}
