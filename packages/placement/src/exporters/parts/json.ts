/** JSON of tables of expert ids: written a row a line, read strictly. */
import { type Model, moeLayers } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { exportFault, slotsOfUnit, wholePlacement } from "./check.ts"

export type Json = { readonly [key: string]: unknown }

/** Parses a text, or throws with the place where it stops being JSON. */
export const parseJson = (where: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, " ") : String(cause)
    throw exportFault("Malformed", where, `not JSON: ${why.slice(0, 120)}`)
  }
}

/** An object with exactly these keys, and perhaps with the optional ones. */
export const objectOf = (
  where: string,
  value: unknown,
  keys: ReadonlyArray<string>,
  optional: ReadonlyArray<string> = []
): Json => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw exportFault("Malformed", where, `no object with ${keys.join(", ")}`)
  const missing = keys.find((key) => !Object.hasOwn(value, key))
  if (missing !== undefined) throw exportFault("Malformed", where, `no key ${missing}`)
  const other = Object.keys(value).find((key) => !keys.includes(key) && !optional.includes(key))
  if (other !== undefined) throw exportFault("Malformed", where, `unknown key ${other.slice(0, 40)}`)
  return value as Json
}

/** A list of `length` values (any when left out), at most a million. */
export const listOf = (where: string, value: unknown, length?: number): ReadonlyArray<unknown> => {
  if (!Array.isArray(value)) throw exportFault("Malformed", where, "no list")
  if (length !== undefined && value.length !== length)
    throw exportFault("WrongShape", where, `${value.length} items, where ${length} belong`)
  return value
}

/** A whole number from `least` to `most`. */
export const wholeOf = (where: string, value: unknown, least: number, most: number): number => {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
    throw exportFault("Malformed", where, `${shown(value)} is no whole number from ${least} to ${most}`)
  return value
}

/** A list of expert ids below `experts`; `least` is -1 where holes may be. */
export const idsOf = (where: string, value: unknown, experts: number, length?: number, least = 0): Int32Array => {
  const list = listOf(where, value, length)
  const ids = new Int32Array(list.length)
  for (let i = 0; i < list.length; i++) {
    const id = list[i]
    if (typeof id !== "number" || !Number.isInteger(id) || id < least || id >= experts)
      throw exportFault("Malformed", `${where}, entry ${i}`, `${shown(id)} is no expert of 0 to ${experts - 1}`)
    ids[i] = id
  }
  return ids
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 40)

/** Rows as a JSON list of lists, each row on a line of its own. */
export const rowsText = (rows: ReadonlyArray<ArrayLike<number>>): string =>
  `[\n${rows.map((row) => ` [${Array.from(row).join(", ")}]`).join(",\n")}\n]`

/** A placement of every MoE layer from its rows of expert ids, all as long as the first; `whereOf` names a row in errors. */
export const placementOfRows = (
  name: string,
  { model, units }: { readonly model: Model; readonly units: number },
  rows: ReadonlyArray<unknown>,
  whereOf: (layerIndex: number) => string
): Placement => {
  const slots = listOf(whereOf(0), rows[0]).length
  return wholePlacement(name, {
    units,
    slotsPerUnit: slotsOfUnit(name, slots, units, model.experts),
    experts: model.experts,
    layers: moeLayers(model),
    physicalToLogical: rows.map((row, l) => idsOf(whereOf(l), row, model.experts, slots))
  })
}
