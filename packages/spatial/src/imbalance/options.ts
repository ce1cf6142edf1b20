/** What evidence on balance is asked for. */
import { defaultSplit, type Split } from "@moira/core/statistics"
import { type Phase } from "@moira/trace"

export interface ImbalanceOptions {
  /** Units that share the experts of each layer. */
  readonly units: number
  /** Slots a unit beyond the even share; the most that are considered, 8 when left out. */
  readonly maxSlots?: number
  readonly phase?: Phase
  readonly split?: Split
  /** Draws of the interval; 200 when left out. */
  readonly draws?: number
}

export interface ImbalanceSettings {
  readonly units: number
  /** Numbers of slots to compare, ascending from 0: powers of two up to the most, and the most. */
  readonly slots: ReadonlyArray<number>
  readonly phase: Phase
  readonly split: Split
  readonly draws: number
}

/** Slots beyond which every unit holds every expert are not considered. */
export const imbalanceSettings = (options: ImbalanceOptions, experts: number): ImbalanceSettings => {
  const { units, maxSlots = 8, phase = "both", split = defaultSplit, draws = 200 } = options
  if (!(Number.isInteger(units) && units >= 1)) throw new RangeError(`units ${units} is not a positive whole number`)
  if (!(Number.isInteger(maxSlots) && maxSlots >= 0)) throw new RangeError(`slots ${maxSlots} is not a whole number`)
  const most = Math.min(maxSlots, experts - Math.ceil(experts / units))
  const slots = [0]
  for (let n = 1; n < most; n *= 2) slots.push(n)
  if (most > 0) slots.push(most)
  return { units, slots, phase, split, draws }
}
