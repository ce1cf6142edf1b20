/** One H100: the constants that @moira/hardware keeps, and the measured tables they are compared with. */
import { chooseKernels, type Dtype, dtypes, ofDtype } from "@moira/hardware/calibration"
import type { ExpertTimeConstants, GemmConstants, TransferConstants } from "@moira/hardware"
import { taggedProblem } from "@moira/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

/** A measured table cannot be read, or holds what no measurement can be. */
export class TableError extends taggedProblem("TableError", ["Missing", "Unreadable", "Malformed"]) {}

const hint = "give the folder of the measured tables with --hardware, unchanged"
const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Refuses a folder that is not there; for one that the user names. */
export const refuseFolder = (folder: string): Effect.Effect<void, TableError> =>
  fs.existsSync(folder)
    ? Effect.void
    : Effect.fail(new TableError({ reason: "Missing", where: `--hardware ${folder}`, what: "no such folder", hint }))

/** Text of a table in the folder; undefined where there is none, which is no error: its rows are then not measured. */
export const measuredTable = (
  folder: string | undefined,
  name: string
): Effect.Effect<string | undefined, TableError> => {
  if (folder === undefined) return Effect.undefined
  const file = path.join(folder, name)
  if (!fs.existsSync(file)) return Effect.undefined
  return Effect.try({
    try: () => fs.readFileSync(file, "utf8"),
    catch: (cause) =>
      new TableError({ reason: "Unreadable", where: file, what: `cannot be read: ${words(cause)}`, hint, cause })
  })
}

/** What `read` makes of a table; whatever it throws names the table and the column. */
export const rowsOf = <A>(folder: string | undefined, read: () => A): Effect.Effect<A, TableError> =>
  Effect.try({
    try: read,
    catch: (cause) =>
      new TableError({ reason: "Malformed", where: folder ?? "measured tables", what: words(cause), hint, cause })
  })

type Fits<K extends string, A> = Readonly<Record<K, { readonly constants: A }>>

const committed = (file: string): unknown => {
  const packed = new URL(`./calibration/${file}`, import.meta.resolve("@moira/hardware/package.json"))
  return JSON.parse(fs.readFileSync(packed, "utf8")).fits
}

/** The law of whole layers in a data type, by the kernels that were measured on an H100. */
const layerTime = (dtype: Dtype): ExpertTimeConstants => {
  const family = chooseKernels({ dtype, arithmetic: ["bf16", "fp8"] })
  if ("what" in family) throw new Error(family.what)
  return { ...family.constants, peakFlopsPerSec: ofDtype[dtype].peakFlopsPerSec }
}

/** Fitted once by `scripts/calibrate/experts.ts` and `kernels.ts`, and kept with their errors: nothing is fitted here. */
export const h100 = () => ({
  layers: Object.fromEntries(dtypes.map((dtype) => [dtype, layerTime(dtype)])) as Record<Dtype, ExpertTimeConstants>,
  gemms: committed("expert-gemms-h100.json") as Fits<Dtype, GemmConstants>,
  transfers: committed("transfers-h100.json") as Fits<string, TransferConstants>
})
