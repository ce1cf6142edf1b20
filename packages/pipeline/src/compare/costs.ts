/** What machines take beside energy: area, money, memory. A figure that nobody gives is left out, never guessed. */
import type { ParameterValue } from "@moira/results"
import { Result } from "effect"
import { CompareError } from "./error.ts"
import type { At } from "./observed.ts"
import type { CompareOptions, Prices } from "./options.ts"
import { fieldsOf, findField } from "./parameters.ts"

interface Priced {
  /** Machines of this name only. */
  readonly machine: string | undefined
  readonly fields: ReadonlyArray<string>
  readonly price: number
}

/** `dojo:machine.hbmBytes*units` in its parts, with fields that machines have. */
const parsed = (
  key: string,
  price: number,
  ats: ReadonlyArray<At>,
  flag: string
): Result.Result<Priced, CompareError> =>
  Result.gen(function* () {
    const where = `${flag} ${key}=${price}`
    const colon = key.indexOf(":")
    const machine = colon < 0 ? undefined : key.slice(0, colon)
    const names = [...new Set(ats.map((at) => String(at["machine"])))]
    if (machine !== undefined && !names.includes(machine))
      return yield* Result.fail(
        new CompareError({
          reason: "UnknownField",
          where,
          what: `no machine is called ${machine}`,
          hint: `they are ${names.join(", ")}`
        })
      )
    const known = fieldsOf(ats).filter((field) => ats.some((at) => typeof at[field] === "number"))
    const fields: Array<string> = []
    for (const name of key.slice(colon + 1).split("*"))
      if (name !== "1") fields.push(yield* findField(name, known, where))
    return { machine, fields, price }
  })

/** Sum of what the fields of a machine cost; undefined where no price is of it, or a field is not its own. */
const total = (priced: ReadonlyArray<Priced>, at: At): number | undefined => {
  const of = priced.filter(({ machine }) => machine === undefined || machine === at["machine"])
  if (of.length === 0) return undefined
  const sum = of.reduce(
    (all, { fields, price }) =>
      all +
      fields.reduce((product, field) => product * (typeof at[field] === "number" ? at[field] : Number.NaN), price),
    0
  )
  return Number.isFinite(sum) ? sum : undefined
}

const amount = (value: ParameterValue | undefined): number | undefined =>
  typeof value === "number" && value >= 0 ? value : undefined

const memoryOf = (at: At): number | undefined => {
  const [units, ofOne] = [amount(at["units"]), amount(at["machine.memoryBytes"] ?? at["machine.hbmBytes"])]
  return units === undefined || ofOne === undefined ? undefined : units * ofOne
}

/** Gives what a machine with these parameters costs, by metric id; an error where a price is of no parameter. */
export const makeCosts = (
  ats: ReadonlyArray<At>,
  { prices = {}, areas = {} }: Pick<CompareOptions, "prices" | "areas">
): Result.Result<(at: At) => Readonly<Record<string, number>>, CompareError> =>
  Result.gen(function* () {
    const read = (of: Prices, flag: string) =>
      Result.all(Object.entries(of).map(([key, price]) => parsed(key, price, ats, flag)))
    const money = yield* read(prices, "--price")
    const area = yield* read(areas, "--area")
    return (at: At) => {
      const costs = {
        area_mm2: total(area, at) ?? amount(at["machine.areaMm2"]),
        money: total(money, at) ?? amount(at["machine.money"]),
        memory_bytes: memoryOf(at)
      }
      return Object.fromEntries(
        Object.entries(costs).flatMap(([id, value]) => (value === undefined ? [] : [[id, value] as const]))
      )
    }
  })
