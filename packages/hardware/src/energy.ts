/** What a run takes in energy: the prices that a machine gives, each with its source, times counters that are exact. */
import { Rate } from "@moira/core"
import { Schema } from "effect"

const Price = Schema.Struct({
  picojoules: Rate,
  /** Who measured or bounded it, and whether it is an upper bound or recalled. */
  source: Schema.NonEmptyString
})
export type EnergyPrice = typeof Price.Type

/** Prices of a machine. A part without a price that can be trusted is left out, and then not counted. */
export const EnergyCosts = Schema.Struct({
  /** One bit read from or written to a unit's memory. */
  memoryBit: Schema.optionalKey(Price),
  /** One bit over one link, whatever its length. */
  linkBit: Schema.optionalKey(Price),
  /** One floating-point operation; a multiply-add is two. */
  flop: Schema.optionalKey(Price)
})
export type EnergyCosts = typeof EnergyCosts.Type

/** What was moved and computed. Bytes of links count once for each link that they cross. */
export interface EnergyUse {
  readonly memoryBytes: number
  readonly linkBytes: number
  readonly flop: number
}

/** Joules by part; only the parts that the machine has a price for. Idle power and leakage are no part. */
export interface Energy {
  readonly memoryJ?: number
  readonly linkJ?: number
  readonly computeJ?: number
}

const joules = (price: EnergyPrice, amount: number): number => (amount * price.picojoules) / 1e12

/** Price times amount, part by part. */
export const energyOf = ({ memoryBit, linkBit, flop }: EnergyCosts, use: EnergyUse): Energy => ({
  ...(memoryBit === undefined ? {} : { memoryJ: joules(memoryBit, 8 * use.memoryBytes) }),
  ...(linkBit === undefined ? {} : { linkJ: joules(linkBit, 8 * use.linkBytes) }),
  ...(flop === undefined ? {} : { computeJ: joules(flop, use.flop) })
})

/** Sum of the parts that were counted; undefined where none was. */
export const totalJoules = ({ memoryJ, linkJ, computeJ }: Energy): number | undefined => {
  const parts = [memoryJ, linkJ, computeJ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + part, 0)
}

const named = { memoryBit: "memory", linkBit: "links", flop: "arithmetic" } as const

/** Words for a machine that prices some parts and not others: what its energy leaves out; undefined otherwise. */
export const uncountedEnergy = (costs: EnergyCosts | undefined): string | undefined => {
  const parts = Object.keys(named) as ReadonlyArray<keyof typeof named>
  const [counted, left] = [true, false].map((want) =>
    parts.filter((part) => (costs?.[part] !== undefined) === want).map((part) => named[part])
  )
  if (counted!.length === 0 || left!.length === 0) return undefined
  return `energy counts ${counted!.join(" and ")}, not ${left!.join(" and ")}: the machine gives no price`
}
