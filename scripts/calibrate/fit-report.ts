/** What the fitting scripts share: the folder of tables they are given, how numbers are written, and how a fit is printed. */
import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Fit } from "./fit.ts"

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** Six digits: more would be noise of the tables. */
export const digits = <A>(value: A): A =>
  JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === "number" ? Number(v.toPrecision(6)) : v))) as A

/** `SCRIPT FOLDER_OF_TABLES [DATE]`: reads tables of the folder, and says where a package keeps its calibration. */
export const calibration = (script: string, packageName: string) => {
  const [folder, date = "2026-11-24"] = process.argv.slice(2)
  if (folder === undefined) throw new Error(`usage: ${script} FOLDER_OF_TABLES [DATE]`)
  const out = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "packages", packageName, "calibration")
  mkdirSync(out, { recursive: true })
  return { date, out, read: (table: string): string => readFileSync(join(folder, table), "utf8") }
}

/** Errors of a fit: all rows, shapes left out of it, and shape by shape. */
export const printFit = <K extends string>(what: string, rows: number, fit: Fit<K>): void => {
  console.log(
    `\n${what}: ${rows} rows, median error ${percent(fit.medianError)}, held out ${percent(fit.heldOutError)}`
  )
  console.log(Object.entries(digits(fit.constants)))
  const held = new Map(fit.heldOut)
  for (const [shape, error] of fit.byShape)
    console.log(
      `  ${shape.padEnd(18)} ${percent(error).padStart(7)}  held out ${percent(held.get(shape) ?? 0).padStart(7)}`
    )
}
