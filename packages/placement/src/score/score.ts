/** What a placement is worth on given traffic: balance, predicted time of a layer step, bytes between units. */
import { sum } from "@moira/core/statistics"
import { exchangePs, type Fabric, unitTime, type Placement } from "@moira/hardware"
import { expertsPerToken, type Model } from "@moira/core"
import { balancedness, chosenShares, expectedUnitLoads, layerTimePs, shapeOf, unitLoads } from "../loads/unit-loads.ts"
import { type Balances, balances } from "./balances.ts"
import { expectedTraffic, type LayerTraffic, tokenBytes, trafficBytes } from "./traffic.ts"

/** Where and how a placement is judged. */
export interface ScoreSetup {
  readonly fabric: Fabric
  readonly model: Model
  readonly expertBytes: number
  /** Tokens of one layer step, all units together. */
  readonly batchTokens: number
  readonly deadUnits?: ReadonlyArray<number>
}

/** Picoseconds of layer steps, not rounded, averaged over layers. */
export interface StepTimes {
  readonly dispatchPs: number
  readonly expertsPs: number
  readonly combinePs: number
  readonly totalPs: number
}

export interface PlacementScore {
  readonly balances: Balances
  /** mean / max of each layer. */
  readonly layerBalance: ReadonlyArray<number>
  /** Load of each unit over the mean of its layer, averaged over layers. */
  readonly unitLoad: Float64Array
  readonly times: StepTimes
  /** Bytes from unit to unit, `a * units + b`, in one layer step, averaged over layers. */
  readonly traffic: Float64Array
}

/** Traffic of a layer of a placement, where it is known from tokens. */
export type TrafficOf = (layerIndex: number) => LayerTraffic

/**
 * Scores a placement on `counts` by layer index. Loads follow the counts, copies share evenly; touched experts and, unless
 * `trafficOf` knows tokens, traffic are those expected of `batchTokens` independent tokens. A machine without an exchange
 * of its own has no dispatch and combine times here.
 */
export const makeScore = (setup: ScoreSetup) => {
  const { fabric, model, batchTokens } = setup
  const dead = new Set(setup.deadUnits)
  const live = Array.from({ length: fabric.units }, (_, u) => u).filter((u) => !dead.has(u))
  const time = unitTime(fabric, shapeOf(setup))
  const exchange = fabric.machine.exchange?.(fabric)
  const bytes = tokenBytes(model, fabric)

  const stepTimes = (traffic: LayerTraffic, choices: Float64Array, expertsPs: number): StepTimes => {
    const { copies, serverCopies, tokens } = traffic
    const known = { tokens, serverCopies, choices, experts: model.experts }
    const { dispatchPs, combinePs } =
      exchange === undefined ? { dispatchPs: 0, combinePs: 0 } : exchangePs(exchange, copies, bytes, known)
    return { dispatchPs, expertsPs, combinePs, totalPs: dispatchPs + expertsPs + combinePs }
  }

  return (
    { units, slotsPerUnit, physicalToLogical }: Placement,
    counts: ReadonlyArray<ArrayLike<number>>,
    trafficOf?: TrafficOf
  ): PlacementScore => {
    const layers = physicalToLogical.length
    const loads = physicalToLogical.map((slots, l) => unitLoads(slots, slotsPerUnit, counts[l]!).choices)
    const unitLoad = new Float64Array(units)
    const matrix = new Float64Array(units * units)
    const meanTimes = { dispatchPs: 0, expertsPs: 0, combinePs: 0, totalPs: 0 }
    // As many entries as pairs of units, so written over from layer to layer.
    let expectedOfLayer: LayerTraffic | undefined
    const sent = new Float64Array(units * units)
    physicalToLogical.forEach((slots, l) => {
      const chosen = chosenShares(counts[l]!, expertsPerToken(model))
      const expected = expectedUnitLoads(slots, slotsPerUnit, chosen, batchTokens)
      const traffic =
        trafficOf?.(l) ?? (expectedOfLayer = expectedTraffic(fabric, slots, chosen, batchTokens, live, expectedOfLayer))
      const times = stepTimes(traffic, expected.choices, layerTimePs(time, expected))
      for (const part of ["dispatchPs", "expertsPs", "combinePs", "totalPs"] as const)
        meanTimes[part] += times[part] / layers
      trafficBytes(traffic, units, bytes, sent)
      for (let pair = 0; pair < matrix.length; pair++) matrix[pair]! += sent[pair]! / layers
      const mean = sum(loads[l]!) / live.length
      for (let u = 0; u < units; u++) unitLoad[u]! += mean > 0 ? loads[l]![u]! / mean / layers : 0
    })
    return {
      balances: balances(loads, live.length),
      layerBalance: loads.map((load) => balancedness(load, live.length)),
      unitLoad,
      times: meanTimes,
      traffic: matrix
    }
  }
}
