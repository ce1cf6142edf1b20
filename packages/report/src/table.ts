/** A table of results: the same rows become HTML, Markdown and CSV. */
import type { Evidence } from "@moira/results"
import { bytes, compact, duration, integer, joules, percent, points, real, times } from "./format.ts"

export type Cell = string | number | boolean | null

/** How a number is written for people; CSV always holds the plain number. */
export type CellKind =
  | "text"
  | "whole"
  | "compact"
  | "real"
  | "share"
  | "points"
  | "factor"
  | "ps"
  | "bytes"
  | "joules"
  | "flag"

export interface Column {
  /** Header in CSV; with its unit. */
  readonly id: string
  /** Header for people. */
  readonly title: string
  readonly kind: CellKind
  /** Left out for people, to keep the table narrow. */
  readonly csvOnly?: boolean
}

export interface Table {
  /** Stable name; also the file name of the CSV. */
  readonly id: string
  readonly title: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
  /** Cells hold sentences, whose lines may break. */
  readonly wrap?: boolean
}

export interface TableMaker {
  readonly id: string
  /** Id of a section that its kind has. */
  readonly section: string
  /** `open` and `closed` tables are shown to people, closed ones on demand; `csv` tables are too long for that. */
  readonly place: "open" | "closed" | "csv"
  /** Also written as CSV; not for tables that show the rows of another in a different form. */
  readonly csv: boolean
  readonly wrap?: boolean
  /** `undefined` without rows. */
  readonly fill: (evidence: Evidence) => Table | undefined
}

export const table = (
  { id, section, place, csv = true, wrap = false }: Omit<TableMaker, "fill" | "csv"> & { readonly csv?: boolean },
  fill: (evidence: Evidence) => Omit<Table, "id">
): TableMaker => ({
  id,
  section,
  place,
  csv,
  fill: (evidence) => {
    const { title, columns, rows } = fill(evidence)
    return rows.length === 0 ? undefined : { id, title, columns, rows, wrap }
  }
})

export const column = (id: string, title: string, kind: CellKind, csvOnly = false): Column => ({
  id,
  title,
  kind,
  csvOnly
})

const written: Readonly<Record<Exclude<CellKind, "text" | "flag">, (value: number) => string>> = {
  whole: integer,
  compact,
  real,
  share: (v) => percent(v),
  points,
  factor: times,
  ps: duration,
  bytes,
  joules
}

/** A cell for people; a dash where there is no value. */
export const cellText = (cell: Cell, kind: CellKind): string => {
  if (cell === null) return "–"
  if (typeof cell === "boolean") return cell ? "yes" : "no"
  if (typeof cell === "string" || kind === "text" || kind === "flag") return String(cell)
  return written[kind](cell)
}

/** The columns that people see, with their place in a row. */
export const shownColumns = (t: Table): ReadonlyArray<Column & { readonly index: number }> =>
  t.columns.map((c, index) => ({ ...c, index })).filter((c) => c.csvOnly !== true)
