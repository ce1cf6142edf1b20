/** Plain tables for people; numbers to the right. */
import { greatestOf } from "@moira/core/statistics"

const isNumber = (cell: string) => /^[-–]?[\d.,]+(?:\s?(?:x|%|ps|ns|us|ms|s|B|kB|MB|GB|TB))?$|^–$/.test(cell)

/** A table with a header and a rule, columns two spaces apart. */
export const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = header.map((title, c) => Math.max(title.length, greatestOf(rows.map((row) => row[c]!.length))))
  const right = header.map((_, c) => rows.length > 0 && rows.every((row) => isNumber(row[c]!)))
  const line = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, c) => (right[c]! ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd()
  return [line(header), widths.map((w) => "─".repeat(w)).join("  "), ...rows.map(line)].join("\n")
}
