/** Writes the small tables of a store: rows of required columns, plain values, one page a column and row group. */
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import * as zlib from "node:zlib"
import { encoding, pageType } from "../../parquet/page-header.ts"
import {
  codecs,
  type ColumnType,
  type ColumnValues,
  createdBy,
  maxGroupRows,
  maxPageBytes,
  physicalType,
  type TableColumn
} from "../../parquet/table.ts"

const magic = new TextEncoder().encode("PAR1")
const required = 0
/** Converted types of parquet.thrift: UTF8. */
const utf8 = 0

/** zstd for what is read at every start, deflate for what a browser unpacks: higher levels take 300 times as long for 4 %. */
const compress: Readonly<Record<keyof typeof codecs, (bytes: Uint8Array) => Uint8Array>> = {
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  gzip: (bytes) => zlib.gzipSync(bytes, { level: 4 })
}

const plainTexts = (values: ReadonlyArray<string>): Uint8Array => {
  const writer = new ByteWriter()
  const encoder = new TextEncoder()
  for (const value of values) {
    const bytes = encoder.encode(value)
    writer.appendUint32(bytes.length)
    writer.appendBytes(bytes)
  }
  return writer.getBytes()
}

const plainNumbers = (values: ArrayLike<number>, width: 4 | 8): Uint8Array => {
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    // Else another number would be stored in its place.
    if (width === 4 ? (value | 0) !== value : !Number.isSafeInteger(value))
      throw new RangeError(`${value} in row ${i} is no whole number of ${8 * width} bits`)
    if (width === 4) view.setInt32(4 * i, value, true)
    else view.setBigInt64(8 * i, BigInt(value), true)
  }
  return bytes
}

const plainOf = (type: ColumnType, values: ColumnValues): Uint8Array =>
  type === "text"
    ? plainTexts(values as ReadonlyArray<string>)
    : plainNumbers(values as Float64Array, type === "int32" ? 4 : 8)

/** Takes a table in groups of up to {@link maxGroupRows} rows and gives its bytes to `write`, in order. */
export class TableWriter {
  readonly #columns: ReadonlyArray<TableColumn>
  readonly #codec: keyof typeof codecs
  readonly #write: (bytes: Uint8Array) => void
  readonly #groups: Array<object> = []
  #offset = 0
  #rows = 0

  constructor(columns: ReadonlyArray<TableColumn>, codec: keyof typeof codecs, write: (bytes: Uint8Array) => void) {
    this.#columns = columns
    this.#codec = codec
    this.#write = write
    this.#put(magic)
  }

  #put(bytes: Uint8Array): void {
    this.#write(bytes)
    this.#offset += bytes.length
  }

  /** Appends a row group; `values` are those of each column. */
  append(values: ReadonlyArray<ColumnValues>): void {
    const rows = values[0]!.length
    if (rows === 0) return
    if (rows > maxGroupRows) throw new RangeError(`${rows} rows are more than a group may have`)
    const chunks = this.#columns.map(({ name, type }, i) => {
      const plain = plainOf(type, values[i]!)
      const body = compress[this.#codec](plain)
      const header = new ByteWriter()
      serializeTCompactProtocol(header, {
        field_1: pageType.data,
        field_2: plain.length,
        field_3: body.length,
        field_4: zlib.crc32(body) | 0,
        field_5: { field_1: rows, field_2: encoding.plain, field_3: encoding.rle, field_4: encoding.rle }
      })
      const head = header.getBytes()
      const offset = this.#offset
      this.#put(head)
      this.#put(body)
      return {
        field_2: BigInt(offset),
        field_3: {
          field_1: physicalType[type],
          field_2: [encoding.plain, encoding.rle],
          field_3: [name],
          field_4: codecs[this.#codec],
          field_5: BigInt(rows),
          field_6: BigInt(head.length + plain.length),
          field_7: BigInt(head.length + body.length),
          field_9: BigInt(offset)
        }
      }
    })
    const total = chunks.reduce((sum, { field_3 }) => sum + field_3.field_6, 0n)
    this.#groups.push({ field_1: chunks, field_2: total, field_3: BigInt(rows) })
    this.#rows += rows
  }

  /** Writes the footer. */
  finish(): void {
    const footer = new ByteWriter()
    serializeTCompactProtocol(footer, {
      field_1: 1,
      field_2: [
        { field_4: "schema", field_5: this.#columns.length },
        ...this.#columns.map(({ name, type }) => ({
          field_1: physicalType[type],
          field_3: required,
          field_4: name,
          ...(type === "text" ? { field_6: utf8 } : {})
        }))
      ],
      field_3: BigInt(this.#rows),
      field_4: this.#groups,
      field_6: createdBy
    })
    const length = footer.offset
    footer.appendUint32(length)
    this.#put(footer.getBytes())
    this.#put(magic)
  }
}

/** Rows of one group where texts are long: no page may be larger than what reading takes. */
const cutRows = (
  columns: ReadonlyArray<TableColumn>,
  values: ReadonlyArray<ColumnValues>
): ReadonlyArray<readonly [from: number, to: number]> => {
  const rows = values[0]?.length ?? 0
  const texts = columns.flatMap(({ type }, c) => (type === "text" ? [values[c] as ReadonlyArray<string>] : []))
  const cuts: Array<readonly [number, number]> = []
  let [from, bytes] = [0, 0]
  for (let row = 0; row < rows; row++) {
    // A character is at most three bytes of UTF-8.
    const longest = texts.reduce((most, column) => Math.max(most, 4 + 3 * column[row]!.length), 0)
    if (row - from === maxGroupRows || bytes + longest > maxPageBytes) {
      cuts.push([from, row])
      ;[from, bytes] = [row, 0]
    }
    bytes += longest
  }
  return from < rows ? [...cuts, [from, rows]] : cuts
}

/** The bytes of a table that fits into memory; `columns` hold all its values. */
export const tableBytes = (
  columns: ReadonlyArray<TableColumn>,
  codec: keyof typeof codecs,
  values: ReadonlyArray<ColumnValues>
): Uint8Array => {
  const out = new ByteWriter()
  const writer = new TableWriter(columns, codec, (bytes) => out.appendBytes(bytes))
  for (const [from, to] of cutRows(columns, values)) writer.append(values.map((column) => column.slice(from, to)))
  writer.finish()
  return out.getBytes()
}
