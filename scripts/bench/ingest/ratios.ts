/** The ratios that were aimed at, each in a row of one table. */

export interface Ratio {
  readonly what: string
  /** `least` is an aim from below, `most` one from above; without either the row is for information. */
  readonly least?: number
  readonly most?: number
  /** A reason where it could not be measured. */
  readonly measured: number | string
  /** What stands behind the number; " x" unless told. */
  readonly unit?: string
}

const aimOf = ({ least, most, unit = " x" }: Ratio): string => {
  if (least !== undefined) return `>= ${least}${unit}`
  return most === undefined ? "" : `<= ${most}${unit}`
}

const verdict = ({ least, most, measured }: Ratio): string => {
  if (typeof measured === "string" || (least ?? most) === undefined) return ""
  return measured >= (least ?? -Infinity) && measured <= (most ?? Infinity) ? "met" : "missed"
}

const figure = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1))

/** Prints a row for each ratio: what, aim, measured, met or missed. */
export const printRatios = (ratios: ReadonlyArray<Ratio>): void => {
  const rows = [
    ["what", "aim", "measured", ""],
    ...ratios.map((ratio) => {
      const { what, measured, unit = " x" } = ratio
      return [
        what,
        aimOf(ratio),
        typeof measured === "string" ? measured : `${figure(measured)}${unit}`,
        verdict(ratio)
      ]
    })
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  console.log("\nratios")
  for (const [what, aim, measured, met] of rows)
    console.log(
      `  ${what!.padEnd(widths[0]!)}  ${aim!.padStart(widths[1]!)}  ${measured!.padStart(widths[2]!)}  ${met}`.trimEnd()
    )
}
