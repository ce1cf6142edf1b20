/** `counts.parquet`: columns workload, step, layer, expert, count; a row for every count that is not zero. */
import { parquetRead } from "hyparquet"
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer"
import { compressors, zstdCompressors } from "../parquet/zstd.ts"
import type { ExpertCounts } from "../../counts/expert-counts.ts"

/** Rows of one row group; it bounds what is held while writing. */
const groupRows = 1 << 16

const columnsOf = (rows: Rows) => {
  const { length } = rows
  const int = (name: string, data: Int32Array) => ({ name, type: "INT32", data: data.subarray(0, length) }) as const
  return [
    { name: "workload", type: "STRING", data: Array.from({ length }, () => rows.workload) },
    int("step", rows.step),
    int("layer", rows.layer),
    int("expert", rows.expert),
    { name: "count", type: "INT64", data: rows.count.subarray(0, length) }
  ] as const
}

/** A row group on its way. */
interface Rows {
  workload: string
  length: number
  readonly step: Int32Array
  readonly layer: Int32Array
  readonly expert: Int32Array
  readonly count: BigInt64Array
}

const schema = schemaFromColumnData({
  columnData: columnsOf({
    workload: "",
    length: 0,
    step: new Int32Array(),
    layer: new Int32Array(),
    expert: new Int32Array(),
    count: new BigInt64Array()
  }).map(({ name, type, data }) => ({ name, type, data, nullable: false }))
})

/** Writes the table a workload at a time; throws the file system's error. */
export class CountsTable {
  readonly #writer: ParquetWriter
  readonly #rows: Rows = {
    workload: "",
    length: 0,
    step: new Int32Array(groupRows),
    layer: new Int32Array(groupRows),
    expert: new Int32Array(groupRows),
    count: new BigInt64Array(groupRows)
  }
  #written = 0

  constructor(file: string) {
    this.#writer = new ParquetWriter({ writer: fileWriter(file), schema, codec: "ZSTD", compressors: zstdCompressors })
  }

  /** Appends the counts that are not zero and says which rows they became. */
  append({ workload, steps, layers, experts, counts }: ExpertCounts): {
    readonly from: number
    readonly count: number
  } {
    const from = this.#written
    const rows = this.#rows
    rows.workload = workload
    let at = 0
    for (let step = 0; step < steps; step++) {
      for (const layer of layers) {
        for (let expert = 0; expert < experts; expert++, at++) {
          if (counts[at] === 0) continue
          rows.step[rows.length] = step
          rows.layer[rows.length] = layer
          rows.expert[rows.length] = expert
          rows.count[rows.length++] = BigInt(counts[at]!)
          if (rows.length === groupRows) this.#flush()
        }
      }
    }
    this.#flush()
    return { from, count: this.#written - from }
  }

  #flush(): void {
    const { length } = this.#rows
    if (length === 0) return
    const columnData = columnsOf(this.#rows).map(({ name, data }) => ({ name, data }))
    void this.#writer.write({ columnData, rowGroupSize: length })
    this.#written += length
    this.#rows.length = 0
  }

  finish(): void {
    void this.#writer.finish()
  }
}

/** The columns of one row group, put together from the pages that hyparquet gives. */
const readGroup = async (buffer: ArrayBuffer, from: number, to: number) => {
  const rows = to - from
  const names = ["workload", "step", "layer", "expert", "count"] as const
  const filled = new Map<string, number>()
  const labels: Array<unknown> = []
  const numbers = new Map(names.slice(1).map((name) => [name as string, new Float64Array(rows)]))
  await parquetRead({
    file: buffer,
    compressors,
    rowStart: from,
    rowEnd: to,
    // Nothing may be thrown in here: what is out of place is left out, and found missing below.
    onChunk: ({ columnName, columnData, rowStart, rowEnd }) => {
      if (rowStart < from || rowEnd > to) return
      const column = numbers.get(columnName)
      for (let i = 0; i < columnData.length; i++) {
        if (column === undefined) labels[rowStart - from + i] = columnData[i]
        else column[rowStart - from + i] = Number(columnData[i])
      }
      filled.set(columnName, (filled.get(columnName) ?? 0) + columnData.length)
    }
  })
  const missing = names.find((name) => filled.get(name) !== rows)
  if (missing !== undefined) throw new Error(`column ${missing} of rows ${from} to ${to} is not one row group`)
  const [step, layer, expert, count] = names.slice(1).map((name) => numbers.get(name)!)
  return { labels, step: step!, layer: layer!, expert: expert!, count: count! }
}

/** Rows `from` to `from + count` of the table in `buffer`, given to `row` one by one; memory is one row group's. */
export const readTable = async (
  buffer: ArrayBuffer,
  from: number,
  count: number,
  row: (workload: string, step: number, layer: number, expert: number, count: number) => void
): Promise<void> => {
  // A workload starts a row group, so each of these ranges is one.
  for (let start = from; start < from + count; start += groupRows) {
    const end = Math.min(start + groupRows, from + count)
    // One group at a time, so that memory holds one group.
    // oxlint-disable-next-line no-await-in-loop
    const group = await readGroup(buffer, start, end)
    for (let i = 0; i < end - start; i++)
      row(String(group.labels[i]), group.step[i]!, group.layer[i]!, group.expert[i]!, group.count[i]!)
  }
}
