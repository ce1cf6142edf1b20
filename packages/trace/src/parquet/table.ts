/**
 * Small Parquet tables of required columns, as `node/parquet/table-writer.ts` makes them: plain values, one page a column,
 * one column after the other. Reading is strict, and every size is bounded by the bytes that there are before anything is
 * allocated, so that a crafted table costs little and is refused.
 */
import { BadParquet } from "./bad-parquet.ts"
import { encoding, pageType, readPageHeader } from "./page-header.ts"
import { thriftType, ThriftReader } from "./thrift-reader.ts"

export type ColumnType = "text" | "int32" | "int64"

export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
}

/** Values of a column: texts, or whole numbers up to 2^53 - 1. */
export type ColumnValues = ReadonlyArray<string> | Float64Array

/** Rows of a table that lie together, and the page of each column. */
export interface TableGroup {
  readonly rows: number
  readonly pages: ReadonlyArray<TablePage>
}

export interface TablePage {
  readonly offset: number
  /** Body as it lies in the file, and its length before compression. */
  readonly body: Uint8Array
  readonly plainBytes: number
  readonly crc32: number
}

/** Rows of one group at most, and bytes of one page before compression. */
export const maxGroupRows = 1 << 16
export const maxPageBytes = 1 << 26
/** What zstd or deflate make of one byte at the very most. */
export const maxRatio = 1 << 15

/** Author in the footer: only files of our own have the layout that reading relies on. */
export const createdBy = "moira"

/** Numbers of parquet.thrift: types of values and codecs. */
export const physicalType = { text: 6, int32: 1, int64: 2 } as const
export const codecs = { zstd: 6, gzip: 2 } as const

const { binary, list, struct } = thriftType

interface Place {
  readonly name: string
  readonly type: number
  readonly values: number
  readonly offset: number
  readonly bytes: number
  readonly codec: number
}

const placeOf = (reader: ThriftReader): Place => {
  const place = { name: "", type: -1, values: -1, offset: -1, bytes: -1, codec: -1 }
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 3 && reader.type === list) {
      if (reader.list(binary) !== 1) throw new TypeError("a column lies within another")
      place.name = reader.text()
    } else if (id === 1) place.type = reader.int()
    else if (id === 4) place.codec = reader.int()
    else if (id === 5) place.values = reader.int()
    else if (id === 7) place.bytes = reader.int()
    else if (id === 9) place.offset = reader.int()
    else reader.skip(reader.type)
  }
  return place
}

const chunkOf = (reader: ThriftReader): Place => {
  let place: Place | undefined
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 3 && reader.type === struct) place = placeOf(reader)
    else reader.skip(reader.type)
  }
  if (place === undefined) throw new TypeError("a column is nowhere")
  return place
}

const groupOf = (reader: ThriftReader): { readonly rows: number; readonly places: ReadonlyArray<Place> } => {
  const places: Array<Place> = []
  let rows = -1
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 1 && reader.type === list) for (let n = reader.structs(); n > 0; n--) places.push(chunkOf(reader))
    else if (id === 3) rows = reader.int()
    else reader.skip(reader.type)
  }
  return { rows, places }
}

const groupsOf = (footer: Uint8Array) => {
  const reader = new ThriftReader(footer)
  const groups: Array<ReturnType<typeof groupOf>> = []
  let [author, at] = ["", -1]
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 4 && reader.type === list) at = reader.at
    if (id === 6 && reader.type === binary) author = reader.text()
    else reader.skip(reader.type)
  }
  if (author !== createdBy) throw new TypeError("this Parquet file was not written by Moira")
  if (at < 0) throw new TypeError("there are no rows")
  reader.at = at
  for (let n = reader.structs(); n > 0; n--) groups.push(groupOf(reader))
  return groups
}

/** The same error with a place, where it has none. */
const bad = <A>(what: string, offset: number, of: () => A): A => {
  try {
    return of()
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    throw new BadParquet(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, offset, { cause })
  }
}

/** The groups of a whole table in memory, each page found and its sizes checked. Throws `BadParquet`. */
export const tableGroups = (
  file: Uint8Array,
  columns: ReadonlyArray<TableColumn>,
  codec: number
): ReadonlyArray<TableGroup> => {
  const size = file.length
  if (size < 12 || new TextDecoder().decode(file.subarray(size - 4)) !== "PAR1")
    throw new BadParquet("no Parquet footer", Math.max(0, size - 4))
  const length = new DataView(file.buffer, file.byteOffset, size).getUint32(size - 8, true)
  if (length + 12 > size) throw new BadParquet("the footer is longer than the file", size - 8)
  const start = size - length - 8
  const groups = bad("the footer cannot be decoded", start, () => groupsOf(file.subarray(start, size - 8)))
  let end = 4
  const pageOf = (place: Place, { name, type }: TableColumn, rows: number): TablePage => {
    const { offset, bytes } = place
    if (place.name !== name || place.type !== physicalType[type] || place.codec !== codec || place.values !== rows)
      throw new BadParquet(`the footer gives a column that is not ${rows} values of ${name}`, start)
    if (offset !== end || bytes <= 0 || offset + bytes > start)
      throw new BadParquet(`the footer puts a column at byte ${offset}, where none can be`, start)
    end = offset + bytes
    const column = file.subarray(offset, end)
    const header = bad("a page cannot be decoded", offset, () => readPageHeader(column, 0))
    const { plainBytes, bodyBytes, body, values, crc32 } = header
    const exact = type === "text" ? plainBytes >= 4 * rows : plainBytes === rows * (type === "int32" ? 4 : 8)
    if (
      header.type !== pageType.data ||
      header.encoding !== encoding.plain ||
      values !== rows ||
      body + bodyBytes !== bytes ||
      !exact
    )
      throw new BadParquet(`a page is not ${rows} plain values of ${name}`, offset)
    if (plainBytes > Math.min(maxPageBytes, maxRatio * bodyBytes))
      throw new BadParquet(`a page of ${bodyBytes} bytes cannot hold ${plainBytes}`, offset)
    return { offset, body: column.subarray(body), plainBytes, crc32 }
  }
  const found = groups.map(({ rows, places }): TableGroup => {
    if (!(rows > 0 && rows <= maxGroupRows) || places.length !== columns.length)
      throw new BadParquet("the footer gives a row group that none of ours has", start)
    return { rows, pages: columns.map((column, i) => pageOf(places[i]!, column, rows)) }
  })
  if (end !== start) throw new BadParquet(`there are bytes that no column has`, end)
  return found
}

/** Compares two ranges of bytes. */
const same = (bytes: Uint8Array, a: number, b: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}

const texts = (plain: Uint8Array, rows: number): ReadonlyArray<string> => {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length)
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const out: Array<string> = []
  // Labels repeat: a text equal to the one before is not decoded again.
  let [at, last, lastBytes] = [0, 0, -1]
  for (let i = 0; i < rows; i++) {
    const length = view.getUint32(at, true)
    const from = at + 4
    if (from + length > plain.length) throw new RangeError("a text ends after its page")
    out.push(
      length === lastBytes && same(plain, last, from, length)
        ? out[i - 1]!
        : decoder.decode(plain.subarray(from, from + length))
    )
    ;[at, last, lastBytes] = [from + length, from, length]
  }
  if (at !== plain.length) throw new RangeError("a page has more than its values")
  return out
}

const wholeNumbers = (plain: Uint8Array, rows: number, width: 4 | 8): Float64Array => {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length)
  const out = new Float64Array(rows)
  for (let i = 0; i < rows; i++)
    out[i] =
      width === 4
        ? view.getInt32(4 * i, true)
        : view.getUint32(8 * i, true) + view.getInt32(8 * i + 4, true) * 0x1_0000_0000
  return out
}

/** The values of a page whose body was unpacked to `plain`. Throws `BadParquet`. */
export const pageValues = ({ offset, plainBytes }: TablePage, type: ColumnType, rows: number, plain: Uint8Array) =>
  bad("a page cannot be decoded", offset, (): ColumnValues => {
    if (plain.length !== plainBytes)
      throw new RangeError(`it unpacks to ${plain.length} bytes where its header says ${plainBytes}`)
    return type === "text" ? texts(plain, rows) : wholeNumbers(plain, rows, type === "int32" ? 4 : 8)
  })
