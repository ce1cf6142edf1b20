/** Reads single (layer, chunk of requests) blocks of `selections.parquet` without touching the rest. */
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js"
import * as fs from "node:fs"
import * as zlib from "node:zlib"
import type { StoredColumns } from "./file-writer.ts"
import { decodeFooter } from "./footer-reader.ts"
import { type ColumnPlace, type Group, groupSpan } from "./group.ts"

/** A file that is not what this reader's writer makes; `offset` is where in the file. */
export class BadParquet extends Error {
  readonly offset: number
  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}

const readAt = (
  fd: number,
  offset: number,
  bytes: number,
  out: Uint8Array<ArrayBuffer> = new Uint8Array(bytes)
): Uint8Array<ArrayBuffer> => {
  let done = 0
  while (done < bytes) {
    const n = fs.readSync(fd, out, done, bytes - done, offset + done)
    if (n === 0) throw new BadParquet(`the file ends before byte ${offset + bytes}`, offset + done)
    done += n
  }
  return out
}

/** The groups of a file from its footer, in file order, one after the other. */
export const readGroups = (fd: number): ReadonlyArray<Group> => {
  const size = fs.fstatSync(fd).size
  if (size < 12) throw new BadParquet("too short to be Parquet", 0)
  const tail = readAt(fd, size - 8, 8)
  if (new TextDecoder().decode(tail.subarray(4)) !== "PAR1") throw new BadParquet("no Parquet footer", size - 4)
  const length = new DataView(tail.buffer).getUint32(0, true)
  if (length + 12 > size) throw new BadParquet("the footer is longer than the file", size - 8)
  const start = size - length - 8
  const groups = groupsOf(readAt(fd, start, length), start)
  let end = 4
  for (const { columns } of groups) {
    for (const { offset, bytes } of columns) {
      if (!(offset === end && bytes > 0 && offset + bytes <= start))
        throw new BadParquet(`the footer puts a column at byte ${offset}, where none can be`, start)
      end = offset + bytes
    }
  }
  return groups
}

const groupsOf = (footer: Uint8Array, start: number): ReadonlyArray<Group> => {
  try {
    return decodeFooter(footer)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BadParquet(`the footer cannot be decoded: ${why}`, start, { cause })
  }
}

/** Where the page at `at` of a chunk starts and ends, after its CRC-32 was compared. */
const checkedPage = (chunk: Uint8Array, at: number, fileOffset: number) => {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: at }
  const header = deserializeTCompactProtocol(reader)
  const next = reader.offset + Number(header.field_3)
  const body = chunk.subarray(reader.offset, next)
  if (header.field_4 === undefined || (zlib.crc32(body) | 0) !== header.field_4)
    throw new BadParquet("checksum differs: the store was damaged after it was written", fileOffset + at)
  return { body, next, uncompressedBytes: Number(header.field_2) }
}

/** Columns read last: they are written before the next are read, and fresh memory for each would pile up. */
let columnBytes = new Uint8Array(0)

/**
 * The columns of a group that do not depend on request numbers, as they lie in the file, all checksums compared. They
 * last until the next call.
 */
export const readColumns = (fd: number, group: Group): StoredColumns => {
  const { offset, bytes } = groupSpan(group)
  if (columnBytes.length < bytes) columnBytes = new Uint8Array(bytes)
  const chunk = readAt(fd, offset, bytes, columnBytes.subarray(0, bytes))
  const [layer, , pos, experts] = group.columns
  const part = (place: ColumnPlace): Uint8Array => {
    const from = place.offset - offset
    const column = chunk.subarray(from, from + place.bytes)
    try {
      for (let at = 0; at < column.length;) at = checkedPage(column, at, place.offset).next
    } catch (cause) {
      if (cause instanceof BadParquet) throw cause
      throw new BadParquet("a page cannot be decoded", place.offset, { cause })
    }
    return column
  }
  return { layer: part(layer), pos: part(pos), experts: part(experts) }
}

/**
 * One page's body and where the next page starts. The body is decompressed in one piece of the size that the header
 * names, but of no more than `most` bytes: a damaged header must not decide that.
 */
const readPage = (chunk: Uint8Array, at: number, fileOffset: number, most: number) => {
  const { body, next, uncompressedBytes } = checkedPage(chunk, at, fileOffset)
  const chunkSize = Math.max(64, Math.min(uncompressedBytes, most)) || most
  return { body: zlib.zstdDecompressSync(body, { chunkSize }), next }
}

/**
 * Packed little-endian values of `bits` (9 to 16) into `out`. A hot loop: each value is cut from the three bytes that
 * hold it, so no value waits for the one before.
 */
const unpackBits = (packed: Uint8Array, bits: number, out: Uint16Array, at: number, count: number): void => {
  const mask = (1 << bits) - 1
  // The last values read past the end, where a missing byte counts as 0.
  const inside = Math.max(0, Math.min(count, Math.floor(((packed.length - 3) * 8) / bits)))
  for (let i = 0, bit = 0; i < inside; i++, bit += bits) {
    const p = bit >>> 3
    out[at + i] = ((packed[p]! | (packed[p + 1]! << 8) | (packed[p + 2]! << 16)) >>> (bit & 7)) & mask
  }
  for (let i = inside; i < count; i++) {
    const p = (i * bits) >>> 3
    const word = (packed[p] ?? 0) | ((packed[p + 1] ?? 0) << 8) | ((packed[p + 2] ?? 0) << 16)
    out[at + i] = (word >>> ((i * bits) & 7)) & mask
  }
}

/** Decodes the ids of one group into `out` from `at` on. */
export const readIds = (fd: number, { columns, values }: Group, out: Uint16Array, at: number): void => {
  const { offset, bytes } = columns[3]
  const chunk = readAt(fd, offset, bytes)
  try {
    const dictionary = readPage(chunk, 0, offset, 4 * (0xffff + 1))
    const { body } = readPage(chunk, dictionary.next, offset, 4 * values + 4096)
    const names = new DataView(dictionary.body.buffer, dictionary.body.byteOffset, dictionary.body.byteLength)
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    let p = 4 + view.getUint32(0, true)
    p += 4 + view.getUint32(p, true)
    const bits = body[p++]!
    while (body[p]! & 128) p++
    const packed = body.subarray(p + 1)
    if (bits === 8) out.set(packed.subarray(0, values), at)
    else unpackBits(packed, bits, out, at, values)
    const last = dictionary.body.length / 4 - 1
    const lastName = names.getInt32(4 * last, true)
    if (lastName !== last) for (let i = at; i < at + values; i++) if (out[i] === last) out[i] = lastName
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    throw new BadParquet("a page cannot be decoded", offset, { cause })
  }
}
