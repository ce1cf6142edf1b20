/** Which parameters vary among runs, and whose they are: the machine's, the strategy's, or those of the setting of both. */
import { knownNames } from "@moira/core"
import type { ParameterValue } from "@moira/results"
import { Result } from "effect"
import { CompareError } from "./error.ts"
import type { At, ObservedRun } from "./observed.ts"

export type Side = "machine" | "strategy" | "setting"

/** What is chosen with a strategy; everything else that is no machine's is the same for all that is compared. */
const ofStrategy = new Set([
  "strategy",
  "placement",
  "allocator",
  "residency",
  "controller",
  "decides",
  "taskOrder",
  "blockTokens",
  "maxCopies",
  "optimizer",
  "spareSlots",
  "slots",
  "prefetch",
  "prefetchFor",
  "scope",
  "cachePredictor",
  "prefetchPredictor"
])

export const sideOf = (field: string): Side =>
  field === "machine" || field === "backend" || field === "units" || field.startsWith("machine.")
    ? "machine"
    : ofStrategy.has(field)
      ? "strategy"
      : "setting"

/** What names the whole of a side: its other parameters vary on their own only where they do under one name. */
const nameOf: Readonly<Record<Side, string | undefined>> = {
  machine: "machine",
  strategy: "strategy",
  setting: undefined
}

/** Names of all parameters, in order of first appearance. */
export const fieldsOf = (ats: ReadonlyArray<At>): ReadonlyArray<string> => [...new Set(ats.flatMap(Object.keys))]

/** Stands for a parameter that a run does not have. */
const absent = "–"

export const valueAt = (at: At, field: string): ParameterValue => at[field] ?? absent

/** Whether a value is the one that a text names. */
export const isValue = (value: ParameterValue, text: string): boolean =>
  typeof value === "number" ? value === Number(text) : value === text

const varies = (ats: ReadonlyArray<At>, field: string): boolean =>
  ats.some((at) => valueAt(at, field) !== valueAt(ats[0]!, field))

/**
 * Whether a part of the machines follows from what their sweep varies, as columns and rows do from a number of dies: then it is
 * no choice of its own, and is not told.
 */
const follows = (runs: ReadonlyArray<ObservedRun>, field: string): boolean => {
  if (sideOf(field) !== "machine" || field === "machine") return false
  const values = new Map<string, ParameterValue>()
  return runs.every(({ at, declared }) => {
    if (declared === undefined || declared.includes(field)) return false
    const chosen = JSON.stringify(
      ["machine", ...declared].filter((of) => sideOf(of) === "machine").map((of) => valueAt(at, of))
    )
    const known = values.get(chosen) ?? valueAt(at, field)
    values.set(chosen, known)
    return known === valueAt(at, field)
  })
}

/** Parameters that vary of their own, those of a machine or strategy only where they do under one and the same name. */
export const axesOf = (runs: ReadonlyArray<ObservedRun>): ReadonlyArray<string> => {
  const ats = runs.map(({ at }) => at)
  const named = new Map<string, ReadonlyArray<ReadonlyArray<At>>>(
    ["machine", "strategy"].map((name) => [name, [...Map.groupBy(ats, (at) => valueAt(at, name)).values()]])
  )
  return fieldsOf(ats).filter((field) => {
    if (!varies(ats, field) || follows(runs, field)) return false
    const name = nameOf[sideOf(field)]
    return name === undefined || name === field || named.get(name)!.some((group) => varies(group, field))
  })
}

/** Values of an axis in order: numbers by size, then words as they appear. */
export const valuesOf = (ats: ReadonlyArray<At>, field: string): ReadonlyArray<ParameterValue> => {
  const values = [...new Set(ats.map((at) => valueAt(at, field)))]
  const numbers = values.filter((value) => typeof value === "number")
  return [...numbers.toSorted((a, b) => a - b), ...values.filter((value) => typeof value === "string")]
}

/** Parameters of some fields, in the order of the fields. */
export const pick = (at: At, fields: ReadonlyArray<string>): At =>
  Object.fromEntries(fields.map((field) => [field, valueAt(at, field)]))

/** What experiments call otherwise than runs do. */
const experimentNames: Readonly<Record<string, string>> = { "machine.name": "machine", "machine.units": "units" }

/** The parameter of a field of an experiment: `options.batch` is `batch`, `machine.units` is `units`. */
export const parameterOf = (field: string): string =>
  experimentNames[field] ?? field.replace(/^machine\.set\./, "machine.").replace(/^(?:options|stages)\./, "")

/** A field by its name, or by what comes after `machine.`; an error that names the nearest ones otherwise. */
export const findField = (
  name: string,
  fields: ReadonlyArray<string>,
  where: string
): Result.Result<string, CompareError> => {
  const found = [name, parameterOf(name), `machine.${name}`].find((field) => fields.includes(field))
  if (found !== undefined) return Result.succeed(found)
  return Result.fail(
    new CompareError({
      reason: "UnknownField",
      where,
      what: `no run has a parameter ${name === "" ? "of that name" : name}`,
      hint: `known are ${knownNames(`machine.${name}`, fields)}`
    })
  )
}
