/** Decodes the footer of `selections.parquet` straight into groups; a store of a whole data set has 10^5 of them. */
import { createdBy } from "../../parquet/table.ts"
import { thriftType, ThriftReader } from "../../parquet/thrift-reader.ts"
import { checksumsKey } from "./footer-writer.ts"
import type { ColumnPlace, Group } from "./group.ts"

interface Column extends ColumnPlace {
  readonly name: string
  readonly values: number
  readonly min: number
  readonly max: number
}

const { list, struct } = thriftType

const wrong = (): never => {
  throw new TypeError("a row group lacks the columns or statistics of a store")
}

const int32 = (bytes: Uint8Array): number =>
  bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true) : wrong()

/** Statistics: least and greatest value. */
const bounds = (reader: ThriftReader): { readonly min: number; readonly max: number } => {
  let [min, max] = [Number.NaN, Number.NaN]
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 5) max = int32(reader.binary())
    else if (id === 6) min = int32(reader.binary())
    else reader.skip(reader.type)
  }
  return { min, max }
}

/** ColumnMetaData: name of the outermost field, values, sizes, places, statistics. */
const metaData = (reader: ThriftReader): Column => {
  let [name, values, plainBytes, bytes, data, dictionary] = ["", 0, 0, 0, -1, -1]
  let range = { min: Number.NaN, max: Number.NaN }
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 3 && reader.type === list) name = firstText(reader)
    else if (id === 5) values = reader.int()
    else if (id === 6) plainBytes = reader.int()
    else if (id === 7) bytes = reader.int()
    else if (id === 9) data = reader.int()
    else if (id === 11) dictionary = reader.int()
    else if (id === 12 && reader.type === struct) range = bounds(reader)
    else reader.skip(reader.type)
  }
  const offset = dictionary < 0 ? data : dictionary
  return { name, values, offset, bytes, plainBytes, dictionaryBytes: data - offset, ...range }
}

/** The first text of a list, the whole list read. */
const firstText = (reader: ThriftReader): string => {
  const at = reader.at
  reader.skip(list)
  const end = reader.at
  // One byte of length and type, as a path has at most 14 names.
  reader.at = at + 1
  const text = reader.text()
  reader.at = end
  return text
}

const columnOf = (reader: ThriftReader): Column => {
  let found: Column | undefined
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 3 && reader.type === struct) found = metaData(reader)
    else reader.skip(reader.type)
  }
  return found ?? wrong()
}

/** The value of a footer's entry of a key; undefined where it has another key. */
const entryOf = (reader: ThriftReader, wanted: string): string | undefined => {
  let [key, value] = ["", ""]
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (reader.type !== thriftType.binary) reader.skip(reader.type)
    else if (id === 1) key = reader.text()
    else if (id === 2) value = reader.text()
    else reader.skip(reader.type)
  }
  return key === wanted ? value : undefined
}

/** In place of a checksum that an old file does not have; no checksum is negative. */
const noChecksum = -1

/** The checksums of `groups` groups from the entries of a footer at `at`. */
const checksumsAt = (reader: ThriftReader, at: number, groups: number): Uint32Array => {
  if (at < 0) throw new TypeError("the footer lacks its checksums: the file is of an earlier Moira")
  reader.at = at
  for (let n = reader.structs(); n > 0; n--) {
    const value = entryOf(reader, checksumsKey)
    if (value === undefined) continue
    const bytes = Buffer.from(value, "base64")
    if (bytes.length !== 16 * groups) break
    return Uint32Array.from({ length: 4 * groups }, (_, i) => bytes.readUInt32LE(4 * i))
  }
  throw new TypeError(`the footer lacks checksums of its ${groups} row groups`)
}

const groupOf = (reader: ThriftReader): Omit<Group, "crc32"> => {
  const columns: Array<Column> = []
  let rows = -1
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 1 && reader.type === list) for (let n = reader.structs(); n > 0; n--) columns.push(columnOf(reader))
    else if (id === 3) rows = reader.int()
    else reader.skip(reader.type)
  }
  const [layer, request, pos, experts] = columns
  if (layer === undefined || request === undefined || pos === undefined || experts === undefined) return wrong()
  if (columns.map(({ name }) => name).join(" ") !== "layer request pos experts" || experts.dictionaryBytes <= 0)
    return wrong()
  const { min, max, values } = layer
  if (min !== max || values !== rows || Number.isNaN(request.min) || Number.isNaN(request.max)) return wrong()
  const place = ({ offset, bytes, plainBytes, dictionaryBytes }: Column): ColumnPlace => ({
    offset,
    bytes,
    plainBytes,
    dictionaryBytes
  })
  return {
    layer: min,
    from: request.min,
    to: request.max,
    rows,
    maxPos: pos.max,
    maxId: experts.max,
    values: experts.values,
    columns: [place(layer), place(request), place(pos), place(experts)]
  }
}

/**
 * The groups of a footer, in file order. Throws where it is not a footer of this writer. An `old` one, of a store of version 1,
 * has no checksums of columns.
 */
export const decodeFooter = (footer: Uint8Array, old = false): ReadonlyArray<Group> => {
  const reader = new ThriftReader(footer)
  let [lists, entries, author] = [-1, -1, ""]
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (id === 4 && reader.type === list) lists = reader.at
    if (id === 5 && reader.type === list) entries = reader.at
    if (id === 6 && reader.type === thriftType.binary) author = reader.text()
    else reader.skip(reader.type)
  }
  // Groups are read after the author is known: those of other programs look otherwise, which is no damage.
  if (author !== createdBy) throw new TypeError("this Parquet file was not written by Moira")
  if (lists < 0) return []
  reader.at = lists
  const length = reader.structs()
  const groups = Array.from({ length }, () => groupOf(reader))
  const crc32 = old ? new Int32Array(4 * length).fill(noChecksum) : checksumsAt(reader, entries, length)
  return groups.map((group, g): Group => {
    const at = 4 * g
    return { ...group, crc32: [crc32[at]!, crc32[at + 1]!, crc32[at + 2]!, crc32[at + 3]!] }
  })
}
