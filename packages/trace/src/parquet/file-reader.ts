/** Reads single (layer, chunk of requests) blocks of `selections.parquet` without touching the rest. */
import { parquetMetadata } from "hyparquet"
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js"
import * as fs from "node:fs"
import * as zlib from "node:zlib"

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

const readAt = (fd: number, offset: number, bytes: number): Uint8Array => {
  const out = new Uint8Array(bytes)
  let done = 0
  while (done < bytes) {
    const n = fs.readSync(fd, out, done, bytes - done, offset + done)
    if (n === 0) throw new BadParquet(`the file ends before byte ${offset + bytes}`, offset + done)
    done += n
  }
  return out
}

/** The blocks of a file from its footer, in file order. */
export const readBlocks = (fd: number): ReadonlyArray<Block> => {
  const size = fs.fstatSync(fd).size
  if (size < 12) throw new BadParquet("too short to be Parquet", 0)
  const tail = readAt(fd, size - 8, 8)
  if (new TextDecoder().decode(tail.subarray(4)) !== "PAR1") throw new BadParquet("no Parquet footer", size - 4)
  const length = new DataView(tail.buffer).getUint32(0, true)
  if (length + 12 > size) throw new BadParquet("the footer is longer than the file", size - 8)
  const footer = readAt(fd, size - length - 8, length + 8)
  const metadata = parquetMetadata(footer.buffer as ArrayBuffer)
  return metadata.row_groups.map((group) => {
    const column = (name: string) => group.columns.find((c) => c.meta_data?.path_in_schema[0] === name)?.meta_data
    const [layer, request, experts] = [column("layer"), column("request"), column("experts")]
    if (
      layer?.statistics === undefined ||
      request?.statistics === undefined ||
      experts?.dictionary_page_offset === undefined
    )
      throw new BadParquet("a row group lacks the columns or statistics of a store", size - length - 8)
    return {
      layer: Number(layer.statistics.min_value),
      from: Number(request.statistics.min_value),
      to: Number(request.statistics.max_value),
      values: Number(experts.num_values),
      offset: Number(experts.dictionary_page_offset),
      bytes: Number(experts.total_compressed_size)
    }
  })
}

/** One page's body, after its CRC-32 was compared, and where the next page starts. */
const readPage = (chunk: Uint8Array<ArrayBuffer>, at: number, fileOffset: number) => {
  const reader = { view: new DataView(chunk.buffer), offset: at }
  const header = deserializeTCompactProtocol(reader)
  const body = chunk.subarray(reader.offset, reader.offset + Number(header.field_3))
  if (header.field_4 === undefined || (zlib.crc32(body) | 0) !== header.field_4)
    throw new BadParquet("checksum differs: the store was damaged after it was written", fileOffset + at)
  return { body: zlib.zstdDecompressSync(body), next: reader.offset + Number(header.field_3) }
}

const unpackBits = (packed: Uint8Array, bits: number, out: Uint16Array, at: number, count: number): void => {
  if (bits === 8) {
    for (let i = 0; i < count; i++) out[at + i] = packed[i]!
    return
  }
  const mask = (1 << bits) - 1
  let held = 0
  let available = 0
  let p = 0
  for (let i = 0; i < count; i++) {
    while (available < bits) {
      held |= packed[p++]! << available
      available += 8
    }
    out[at + i] = held & mask
    held >>>= bits
    available -= bits
  }
}

/** Decodes the ids of one block into `out` from `at` on. */
export const readBlock = (fd: number, block: Block, out: Uint16Array, at: number): void => {
  const chunk = readAt(fd, block.offset, block.bytes) as Uint8Array<ArrayBuffer>
  try {
    const dictionary = readPage(chunk, 0, block.offset)
    const { body } = readPage(chunk, dictionary.next, block.offset)
    const names = new DataView(dictionary.body.buffer, dictionary.body.byteOffset, dictionary.body.byteLength)
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    let p = 4 + view.getUint32(0, true)
    p += 4 + view.getUint32(p, true)
    const bits = body[p++]!
    while (body[p]! & 128) p++
    unpackBits(body.subarray(p + 1), bits, out, at, block.values)
    const last = dictionary.body.length / 4 - 1
    const lastName = names.getInt32(4 * last, true)
    if (lastName !== last) for (let i = at; i < at + block.values; i++) if (out[i] === last) out[i] = lastName
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    throw new BadParquet("a page cannot be decoded", block.offset, { cause })
  }
}
