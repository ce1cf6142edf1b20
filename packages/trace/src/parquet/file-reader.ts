/** Reads single (layer, chunk of requests) blocks of `selections.parquet` without touching the rest. */
import { parquetMetadata } from "hyparquet"
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js"
import * as fs from "node:fs"
import * as zlib from "node:zlib"
import { createdBy } from "./file-writer.ts"

/** Where the ids of one layer of requests `from` to `to` (inclusive) lie in the file. */
export interface Block {
  readonly layer: number
  readonly from: number
  readonly to: number
  readonly values: number
  readonly offset: number
  readonly bytes: number
}

/** A file that is not what this reader's writer makes; `offset` is where in the file. */
export class BadParquet extends Error {
  readonly offset: number
  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}

const readAt = (fd: number, offset: number, bytes: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(bytes)
  let done = 0
  while (done < bytes) {
    const n = fs.readSync(fd, out, done, bytes - done, offset + done)
    if (n === 0) throw new BadParquet(`the file ends before byte ${offset + bytes}`, offset + done)
    done += n
  }
  return out
}

/** The blocks of a file from its footer, in file order, one after the other. */
export const readBlocks = (fd: number): ReadonlyArray<Block> => {
  const size = fs.fstatSync(fd).size
  if (size < 12) throw new BadParquet("too short to be Parquet", 0)
  const tail = readAt(fd, size - 8, 8)
  if (new TextDecoder().decode(tail.subarray(4)) !== "PAR1") throw new BadParquet("no Parquet footer", size - 4)
  const length = new DataView(tail.buffer).getUint32(0, true)
  if (length + 12 > size) throw new BadParquet("the footer is longer than the file", size - 8)
  const start = size - length - 8
  const blocks = decodeFooter(readAt(fd, start, length + 8), start)
  let end = 4
  for (const block of blocks) {
    if (!(block.offset >= end && block.bytes > 0 && block.offset + block.bytes <= start))
      throw new BadParquet(`the footer puts ids at byte ${block.offset}, where none can be`, start)
    end = block.offset + block.bytes
  }
  return blocks
}

const decodeFooter = (footer: Uint8Array<ArrayBuffer>, start: number): ReadonlyArray<Block> => {
  try {
    const metadata = parquetMetadata(footer.buffer)
    if (metadata.created_by !== createdBy) throw new BadParquet("this Parquet file was not written by Moira", start)
    return metadata.row_groups.map((group) => {
      const column = (name: string) => group.columns.find((c) => c.meta_data?.path_in_schema[0] === name)?.meta_data
      const [layer, request, experts] = [column("layer"), column("request"), column("experts")]
      if (
        layer?.statistics === undefined ||
        request?.statistics === undefined ||
        experts?.dictionary_page_offset === undefined
      )
        throw new BadParquet("a row group lacks the columns or statistics of a store", start)
      return {
        layer: Number(layer.statistics.min_value),
        from: Number(request.statistics.min_value),
        to: Number(request.statistics.max_value),
        values: Number(experts.num_values),
        offset: Number(experts.dictionary_page_offset),
        bytes: Number(experts.total_compressed_size)
      }
    })
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    throw new BadParquet("the footer cannot be decoded", start, { cause })
  }
}

/**
 * One page's body, after its CRC-32 was compared, and where the next page starts. The body is decompressed in one
 * piece of the size that the header names, but of no more than `most` bytes: a damaged header must not decide that.
 */
const readPage = (chunk: Uint8Array<ArrayBuffer>, at: number, fileOffset: number, most: number) => {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: at }
  const header = deserializeTCompactProtocol(reader)
  const next = reader.offset + Number(header.field_3)
  const body = chunk.subarray(reader.offset, next)
  if (header.field_4 === undefined || (zlib.crc32(body) | 0) !== header.field_4)
    throw new BadParquet("checksum differs: the store was damaged after it was written", fileOffset + at)
  const chunkSize = Math.max(64, Math.min(Number(header.field_2), most)) || most
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

/** Decodes the ids of one block into `out` from `at` on. */
export const readBlock = (fd: number, block: Block, out: Uint16Array, at: number): void => {
  const chunk = readAt(fd, block.offset, block.bytes)
  try {
    const dictionary = readPage(chunk, 0, block.offset, 4 * (0xffff + 1))
    const { body } = readPage(chunk, dictionary.next, block.offset, 4 * block.values + 4096)
    const names = new DataView(dictionary.body.buffer, dictionary.body.byteOffset, dictionary.body.byteLength)
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    let p = 4 + view.getUint32(0, true)
    p += 4 + view.getUint32(p, true)
    const bits = body[p++]!
    while (body[p]! & 128) p++
    const packed = body.subarray(p + 1)
    if (bits === 8) out.set(packed.subarray(0, block.values), at)
    else unpackBits(packed, bits, out, at, block.values)
    const last = dictionary.body.length / 4 - 1
    const lastName = names.getInt32(4 * last, true)
    if (lastName !== last) for (let i = at; i < at + block.values; i++) if (out[i] === last) out[i] = lastName
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    throw new BadParquet("a page cannot be decoded", block.offset, { cause })
  }
}
