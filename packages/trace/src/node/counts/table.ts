/** `counts.parquet`: columns workload, step, layer, expert, count; a row for every count that is not zero. */
import * as fs from "node:fs"
import { codecs, maxGroupRows, type TableColumn, type TableGroup, tableGroups } from "../../parquet/table.ts"
import { readTableGroup } from "../parquet/table-reader.ts"
import { TableWriter } from "../parquet/table-writer.ts"
import type { ExpertCounts } from "../../counts/expert-counts.ts"

const columns: ReadonlyArray<TableColumn> = [
  { name: "workload", type: "text" },
  { name: "step", type: "int32" },
  { name: "layer", type: "int32" },
  { name: "expert", type: "int32" },
  { name: "count", type: "int64" }
]

/** A row group on its way; it bounds what is held while writing. */
const emptyRows = () => ({
  length: 0,
  step: new Float64Array(maxGroupRows),
  layer: new Float64Array(maxGroupRows),
  expert: new Float64Array(maxGroupRows),
  count: new Float64Array(maxGroupRows)
})

/** Writes the table a workload at a time; throws the file system's error. */
export class CountsTable {
  readonly #fd: number
  readonly #writer: TableWriter
  readonly #rows = emptyRows()
  #written = 0
  #open = true

  constructor(file: string) {
    this.#fd = fs.openSync(file, "wx")
    this.#writer = new TableWriter(columns, "zstd", (bytes) => fs.writeFileSync(this.#fd, bytes))
  }

  /** Appends the counts that are not zero and says which rows they became. A workload starts a row group. */
  append({ workload, steps, layers, experts, counts }: ExpertCounts): {
    readonly from: number
    readonly count: number
  } {
    const from = this.#written
    const rows = this.#rows
    let at = 0
    for (let step = 0; step < steps; step++) {
      for (const layer of layers) {
        for (let expert = 0; expert < experts; expert++, at++) {
          if (counts[at] === 0) continue
          rows.step[rows.length] = step
          rows.layer[rows.length] = layer
          rows.expert[rows.length] = expert
          rows.count[rows.length++] = counts[at]!
          if (rows.length === maxGroupRows) this.#flush(workload)
        }
      }
    }
    this.#flush(workload)
    return { from, count: this.#written - from }
  }

  #flush(workload: string): void {
    const { length, step, layer, expert, count } = this.#rows
    if (length === 0) return
    const part = (values: Float64Array) => values.subarray(0, length)
    this.#writer.append([Array.from({ length }, () => workload), part(step), part(layer), part(expert), part(count)])
    this.#written += length
    this.#rows.length = 0
  }

  /** Writes the footer, flushes to disk and closes. */
  finish(): void {
    this.#writer.finish()
    fs.fsyncSync(this.#fd)
    this.close()
  }

  /** Closes the file once; without `finish` it is unusable. */
  close(): void {
    if (this.#open) fs.closeSync(this.#fd)
    this.#open = false
  }
}

/** The row groups of a table in memory, by the row at which each starts. Throws `BadParquet`. */
export const openCountsTable = (bytes: Uint8Array): ReadonlyMap<number, TableGroup> => {
  let from = 0
  return new Map(
    tableGroups(bytes, columns, codecs.zstd).map((group) => {
      const at = from
      from += group.rows
      return [at, group]
    })
  )
}

/**
 * Rows `from` to `from + count` of a table, given to `row` one by one; memory is one row group's. Throws `BadParquet`, or a
 * `RangeError` where these are not whole row groups.
 */
export const readTable = (
  groups: ReadonlyMap<number, TableGroup>,
  from: number,
  count: number,
  row: (workload: string, step: number, layer: number, expert: number, count: number) => void
): void => {
  for (let start = from; start < from + count;) {
    const group = groups.get(start)
    if (group === undefined || start + group.rows > from + count)
      throw new RangeError(`rows ${from} to ${from + count} are not whole row groups`)
    const [labels, ...numbers] = readTableGroup(group, columns)
    const [step, layer, expert, times] = numbers as ReadonlyArray<Float64Array>
    for (let i = 0; i < group.rows; i++) row(labels![i] as string, step![i]!, layer![i]!, expert![i]!, times![i]!)
    start += group.rows
  }
}
