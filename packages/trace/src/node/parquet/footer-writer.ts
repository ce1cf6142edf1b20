/**
 * Encodes the footer (parquet.thrift, FileMetaData) one row group at a time, as it is written: a store of a whole data set
 * has 10^5 of them, and neither a tree nor a list of all would fit the memory that writing may take.
 */
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import { createdBy } from "../../parquet/table.ts"
import type { ColumnPlace, Group } from "./group.ts"

/** Key of the footer's entry that holds the CRC-32s of all columns, four a group, 32 bits each, as base64. */
export const checksumsKey = "moira.crc32"

// Numbers of parquet.thrift.
const int32 = 1
const [required, repeated] = [0, 2]
const [list, uint16, uint32, signed32] = [3, 12, 13, 17]
const [plain, rle, rleDictionary] = [0, 3, 8]
const zstd = 6

const schema = [
  { field_4: "schema", field_5: 4 },
  { field_1: int32, field_3: required, field_4: "layer", field_6: signed32 },
  { field_1: int32, field_3: required, field_4: "request", field_6: uint32 },
  { field_1: int32, field_3: required, field_4: "pos", field_6: uint32 },
  { field_3: required, field_4: "experts", field_5: 1, field_6: list },
  { field_3: repeated, field_4: "list", field_5: 1 },
  { field_1: int32, field_3: required, field_4: "element", field_6: uint16 }
]
const leaves = 4

const paths = [["layer"], ["request"], ["pos"], ["experts", "list", "element"]]

const int32Bytes = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

const column = (place: ColumnPlace, path: ReadonlyArray<string>, values: number, min: number, max: number) => {
  const { offset, bytes, plainBytes, dictionaryBytes } = place
  const dictionary = dictionaryBytes > 0
  return {
    field_2: BigInt(offset),
    field_3: {
      field_1: int32,
      field_2: dictionary ? [plain, rle, rleDictionary] : [plain, rle],
      field_3: path,
      field_4: zstd,
      field_5: BigInt(values),
      field_6: BigInt(plainBytes),
      field_7: BigInt(bytes),
      field_9: BigInt(offset + dictionaryBytes),
      ...(dictionary ? { field_11: BigInt(offset) } : {}),
      // Ids are bounded by the dictionary, not searched for their least and greatest.
      field_12: {
        field_3: 0n,
        field_5: int32Bytes(max),
        field_6: int32Bytes(min),
        ...(dictionary ? { field_7: false, field_8: false } : {})
      }
    }
  }
}

const rowGroup = (group: Group) => {
  const { columns, rows, layer, from, to, maxPos, maxId, values } = group
  const total = (pick: (place: ColumnPlace) => number) => BigInt(columns.reduce((sum, place) => sum + pick(place), 0))
  return {
    field_1: [
      column(columns[0], paths[0]!, rows, layer, layer),
      column(columns[1], paths[1]!, rows, from, to),
      column(columns[2], paths[2]!, rows, 0, maxPos),
      column(columns[3], paths[3]!, values, 0, maxId)
    ],
    field_2: total((place) => place.plainBytes),
    field_3: BigInt(rows),
    field_6: total((place) => place.bytes)
  }
}

// Compact protocol: a field's first byte is (id - last id) << 4 | type, a list's is length << 4 | element type.
const [binaryType, listType, structType, stop] = [8, 9, 12, 0]

const listHead = (writer: ByteWriter, length: number): void => {
  if (length > 14) {
    writer.appendUint8((15 << 4) | structType)
    writer.appendVarInt(length)
  } else writer.appendUint8((length << 4) | structType)
}

/** Bytes of groups that are gathered before they become a part of their own. */
const partBytes = 1 << 20

/** Takes the groups of a file one by one, each as the 300 bytes that it has in the footer. */
export class Footer {
  readonly #parts: Array<Uint8Array> = []
  #last = new ByteWriter()
  #checksums = new Uint32Array(1024)
  #groups = 0
  #rows = 0

  add(group: Group): void {
    serializeTCompactProtocol(this.#last, rowGroup(group))
    if (4 * this.#groups === this.#checksums.length) {
      const more = new Uint32Array(2 * this.#checksums.length)
      more.set(this.#checksums)
      this.#checksums = more
    }
    this.#checksums.set(group.crc32, 4 * this.#groups)
    this.#groups++
    this.#rows += group.rows
    if (this.#last.offset < partBytes) return
    // A copy, without the room that the writer has left.
    this.#parts.push(this.#last.getBytes().slice())
    this.#last = new ByteWriter()
  }

  /** The footer in parts, its length included, without the magic bytes after it. */
  encode(): ReadonlyArray<Uint8Array> {
    const writer = new ByteWriter()
    serializeTCompactProtocol(writer, { field_1: 1, field_2: schema, field_3: BigInt(this.#rows) })
    // Fields 4 to 7 follow where the struct just written stopped.
    const head = new ByteWriter()
    head.appendBytes(writer.getBytes().slice(0, -1))
    head.appendUint8((1 << 4) | listType)
    listHead(head, this.#groups)
    const out = new ByteWriter()
    out.appendUint8((1 << 4) | listType)
    listHead(out, 1)
    const { buffer } = this.#checksums
    serializeTCompactProtocol(out, {
      field_1: checksumsKey,
      field_2: Buffer.from(buffer, 0, 16 * this.#groups).toString("base64")
    })
    out.appendUint8((1 << 4) | binaryType)
    out.appendVarInt(createdBy.length)
    out.appendBytes(new TextEncoder().encode(createdBy))
    out.appendUint8((1 << 4) | listType)
    listHead(out, leaves)
    // Each column is ordered as its type says: ColumnOrder { 1: TypeDefinedOrder {} }.
    for (let i = 0; i < leaves; i++) serializeTCompactProtocol(out, { field_1: {} })
    out.appendUint8(stop)
    const parts = [head.getBytes(), ...this.#parts, this.#last.getBytes()]
    out.appendUint32(parts.reduce((sum, part) => sum + part.length, out.offset))
    return [...parts, out.getBytes()]
  }
}
