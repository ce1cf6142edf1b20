/**
 * Parquet pages for selections, written without per-value calls: the one hot part of the file format.
 * Everything else of Parquet (Thrift, footer) comes from hyparquet and hyparquet-writer.
 *
 * Ids are stored by an identity dictionary. Up to 256 entries an index is a byte, which zstd's entropy coder shrinks
 * below ceil(log2 experts) bits and a plain copy decodes; above, indices are packed in as few bits as hold them.
 */
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import * as zlib from "node:zlib"
import { encoding, pageType } from "../../parquet/page-header.ts"
import { missingExpert } from "../../selections.ts"

/**
 * One output chunk large enough for any outcome (zstd's own bound is about 0.4 % more than the input), and the size told
 * beforehand, so that zstd takes no more memory than the page needs: a third less time a page.
 */
const zstd = (bytes: Uint8Array): Uint8Array =>
  zlib.zstdCompressSync(bytes, {
    chunkSize: bytes.length + (bytes.length >> 8) + 512,
    pledgedSrcSize: bytes.length,
    params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 }
    // The types of Node's options lack the size.
  } as zlib.ZstdOptions)

/** A page ready to be written: its header and its compressed body, their length, and that before compression. */
export interface Page {
  readonly parts: readonly [header: Uint8Array, body: Uint8Array]
  readonly bytes: number
  readonly uncompressedBytes: number
  /** CRC-32 of header and body. */
  readonly crc32: number
}

const { plain, rle, rleDictionary } = encoding

/** Puts the Thrift header with the CRC-32 of the compressed body before the body (parquet.thrift, PageHeader). */
const page = (type: number, body: Uint8Array, header: Record<`field_${number}`, unknown>): Page => {
  const compressed = zstd(body)
  const writer = new ByteWriter()
  serializeTCompactProtocol(writer, {
    field_1: type,
    field_2: body.length,
    field_3: compressed.length,
    field_4: zlib.crc32(compressed) | 0,
    ...header
  })
  const head = writer.getBytes()
  return {
    parts: [head, compressed],
    bytes: head.length + compressed.length,
    uncompressedBytes: head.length + body.length,
    crc32: zlib.crc32(compressed, zlib.crc32(head))
  }
}

const dataHeader = (values: number, kind: number) => ({
  field_5: { field_1: values, field_2: kind, field_3: rle, field_4: rle }
})

const bytesOf = (values: Int32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A required INT32 column. */
export const intPage = (values: Int32Array): Page =>
  page(pageType.data, bytesOf(values), dataHeader(values.length, plain))

/** The dictionary of ids: 0, 1, ... experts - 1, and the missing mark where `holes` says that it occurs. */
export const idNames = (experts: number, holes: boolean): Int32Array =>
  Int32Array.from({ length: experts + (holes ? 1 : 0) }, (_, i) => (i < experts ? i : missingExpert))

/** The dictionary page of {@link idNames}. */
export const idDictionary = (experts: number, holes: boolean): Page => {
  const values = idNames(experts, holes)
  return page(pageType.dictionary, bytesOf(values), { field_7: { field_1: values.length, field_2: plain } })
}

/** Bits of one dictionary index: a byte up to 256 entries, else as few as hold the last index. */
export const indexBits = (dictionarySize: number): number =>
  dictionarySize <= 256 ? 8 : 32 - Math.clz32(dictionarySize - 1)

const varint = (n: number): Array<number> => {
  const out: Array<number> = []
  let rest = n
  while (rest >= 128) {
    out.push((rest & 127) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return out
}

/** Indices of one byte: a native copy, then the few holes get the dictionary's last entry. */
const packBytes = (ids: Uint16Array, holes: boolean, experts: number, out: Uint8Array, at: number): void => {
  out.set(ids, at)
  if (!holes) return
  for (let i = 0; i < ids.length; i++) if (ids[i] === missingExpert) out[at + i] = experts
}

/**
 * Little-endian packing of indices of 9 to 16 bits, least significant bit first (parquet Encodings.md, RLE /
 * bit-packing hybrid). A hot loop: two bytes at a time, no calls, no allocation.
 */
const packBits = (ids: Uint16Array, bits: number, experts: number, out: Uint8Array, at: number): void => {
  let held = 0
  let count = 0
  let p = at
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    held |= (id === missingExpert ? experts : id) << count
    count += bits
    if (count >= 16) {
      out[p] = held
      out[p + 1] = held >>> 8
      p += 2
      held >>>= 16
      count -= 16
    }
  }
  if (count > 0) out[p] = held
  if (count > 8) out[p + 1] = held >>> 8
}

/** Repetition levels of rows of `topK`: 0 opens a row, 1 continues it; one bit a value. */
const repetitionLevels = (values: number, topK: number): Uint8Array => {
  if (topK === 1) return Uint8Array.from([...varint(values * 2), 0])
  const groups = Math.ceil(values / 8)
  const head = varint(groups * 2 + 1)
  const out = new Uint8Array(head.length + groups)
  out.set(head)
  const bits = out.subarray(head.length)
  // The pattern comes again every `topK` bytes; bits after the last value are 0.
  for (let i = 0; i < Math.min(values, 8 * topK); i++) if (i % topK !== 0) bits[i >> 3]! |= 1 << (i & 7)
  for (let done = topK; done < groups; done *= 2) bits.copyWithin(done, 0, done)
  if (values % 8 !== 0) bits[groups - 1]! &= (1 << (values % 8)) - 1
  return out
}

/**
 * What opens the data page of the LIST<UINT16> column `experts`: repetition levels of rows of `topK` and definition
 * levels (all 1), each after its length. The same for every layer of the same rows.
 */
export const idLevels = (values: number, topK: number): Uint8Array => {
  const levels = [repetitionLevels(values, topK), Uint8Array.from([...varint(values * 2), 1])]
  const out = new Uint8Array(levels.reduce((bytes, level) => bytes + 4 + level.length, 0))
  const view = new DataView(out.buffer)
  let p = 0
  for (const level of levels) {
    view.setUint32(p, level.length, true)
    out.set(level, p + 4)
    p += 4 + level.length
  }
  return out
}

/** Pages before compression, one after the other: a fresh one for each would be cleared and collected again. */
let scratch = new Uint8Array(0)

/** What stands before packed indices: how many bits each has, and that `values` of them follow. */
export const indexHead = (bits: number, values: number): ReadonlyArray<number> => [
  bits,
  ...varint(Math.ceil(values / 8) * 2 + 1)
]

/** The data page of the column `experts`: levels of {@link idLevels}, then the ids as packed dictionary indices. */
export const idPage = (ids: Uint16Array, levels: Uint8Array, experts: number, holes: boolean): Page => {
  const bits = indexBits(experts + (holes ? 1 : 0))
  const groups = Math.ceil(ids.length / 8)
  const head = indexHead(bits, ids.length)
  const at = levels.length + head.length
  const size = at + groups * bits
  if (scratch.length < size) scratch = new Uint8Array(size)
  const body = scratch.subarray(0, size)
  // The last group is filled up with zeroes.
  body.fill(0, at + Math.floor((ids.length * bits) / 8))
  body.set(levels)
  body.set(head, levels.length)
  if (bits === 8) packBytes(ids, holes, experts, body, at)
  else packBits(ids, bits, experts, body, at)
  return page(pageType.data, body, dataHeader(ids.length, rleDictionary))
}
