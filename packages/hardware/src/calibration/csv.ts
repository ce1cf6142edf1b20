/** Plain CSV without quotes, as the measured tables are. */

export type CsvRow = Readonly<Record<string, string>>

/** One record a line, by the names of the first line. */
export const rowsOf = (text: string): ReadonlyArray<CsvRow> => {
  const [header = "", ...lines] = text.trim().split(/\r?\n/)
  const columns = header.split(",")
  return lines.map((line) => {
    const cells = line.split(",")
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]))
  })
}

/** A finite number above zero in a row, or an error that names table and column. */
export const positive = (row: CsvRow, column: string, file: string): number => {
  const value = Number(row[column])
  if (!(value > 0 && value < Infinity)) throw new Error(`${file}, column ${column}: ${row[column]} is not above 0`)
  return value
}
