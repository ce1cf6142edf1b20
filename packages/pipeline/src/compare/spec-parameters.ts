/** A spec as a list: its numbers and words by dotted name. */
import type { ParameterValue } from "@moira/results"

/** Says where a number comes from, and is no part of the machine. */
const remarks = new Set(["source"])

/** Lists are words, `[[2,2]]`; what is null is left out. */
export const numbersAndWords = (spec: unknown, before: string): Readonly<Record<string, ParameterValue>> => {
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) return {}
  return Object.fromEntries(
    Object.entries(spec).flatMap(([key, value]): ReadonlyArray<readonly [string, ParameterValue]> => {
      const name = `${before}${key}`
      if (typeof value === "number") return Number.isFinite(value) ? [[name, value]] : []
      if (typeof value === "string") return remarks.has(key) ? [] : [[name, value]]
      if (typeof value === "boolean" || Array.isArray(value)) return [[name, JSON.stringify(value)]]
      return Object.entries(numbersAndWords(value, `${name}.`))
    })
  )
}
