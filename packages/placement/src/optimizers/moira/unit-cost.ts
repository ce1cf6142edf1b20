/** What a search makes small: a sum over units, each unit by the few sums that are kept of the copies on it. */
import { exp } from "@moira/core/statistics"
import type { UnitTime } from "@moira/hardware"
import type { Drift } from "./drift.ts"

/**
 * Cost of a unit from sums over its copies. `load` is in shares of the mean unit. `mass` is the load that it would have
 * if all experts were equally loaded, `squares` the sum of its copies' squared loads (each less the part that every unit
 * shares, and over the copies of its expert: these drift as one),
 * `groupSquares` the sum over routing groups of its squared load from the group less the mean unit's. `extra` is whatever
 * one search adds. Numbers only: hot loops call it without allocating.
 */
export type UnitCost = (
  load: number,
  mass: number,
  squares: number,
  groupSquares: number,
  extra: number,
  unit: number
) => number

export interface BalanceWeights {
  readonly drift: Drift
  /** The load, in shares of the mean unit, that the fullest unit cannot get below. */
  readonly floor: number
  /** How sharply loads as counted are punished above the floor. */
  readonly sharpness: number
  /** How sharply loads after drift are. */
  readonly boldness: number
}

/**
 * exp(sharpness x (load / floor - 1)) + exp(boldness x (mean / floor - 1) + (boldness / floor)^2 x variance / 2). The
 * first term makes the sum over units a soft maximum of the loads as counted. The second does so for the loads after
 * drift: it is the expected value of exp(boldness x load / floor - boldness) for a normally distributed load, whose mean
 * and variance follow the factor model.
 */
export const balanceCost = ({ drift, floor, sharpness, boldness }: BalanceWeights): UnitCost => {
  const perLoad = sharpness / floor
  const perMean = boldness / floor
  const ofSquares = (drift.expertSd * perMean) ** 2 / 2
  const ofGroups = (drift.groupSd * perMean) ** 2 / 2
  const { shrink } = drift
  return (load, mass, squares, groupSquares) =>
    exp(perLoad * load - sharpness) +
    exp(perMean * (load + shrink * (mass - load)) - boldness + ofSquares * squares + ofGroups * groupSquares)
}

/** Adds `perAway` for each share of load that lies away from the server of its routing group, kept in `extra`. */
export const homingCost =
  (balance: UnitCost, perAway: number): UnitCost =>
  (load, mass, squares, groupSquares, away, unit) =>
    balance(load, mass, squares, groupSquares, 0, unit) + perAway * away

export interface TimeWeights {
  readonly time: UnitTime
  /** Fabric's number of each living unit. */
  readonly live: ReadonlyArray<number>
  /** Selections that the mean unit computes. */
  readonly choices: number
  /** Picoseconds that the slowest unit should come down to. */
  readonly floorPs: number
  readonly sharpness: number
}

/** Adds a soft maximum of the units' times; the experts that a unit is expected to read are kept in `extra`. */
export const timedCost =
  (balance: UnitCost, { time, live, choices, floorPs, sharpness }: TimeWeights): UnitCost =>
  (load, mass, squares, groupSquares, touched, unit) =>
    balance(load, mass, squares, groupSquares, 0, unit) +
    exp(sharpness * (time(live[unit]!, touched, load * choices) / floorPs - 1))
