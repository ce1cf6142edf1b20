/**
 * Parquet pages for selections, written without per-value calls: the one hot part of the file format.
 * Everything else of Parquet (Thrift, footer) comes from hyparquet and hyparquet-writer.
 *
 * Ids are stored by an identity dictionary, so they are bit-packed at ceil(log2 experts) bits: bytes for 256 experts.
 */
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import * as zlib from "node:zlib"
import { missingExpert } from "../selections.ts"

const zstd = (bytes: Uint8Array): Uint8Array =>
  zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } })

/** A page ready to be written, and its size before compression. */
export interface Page {
  readonly bytes: Uint8Array
  readonly uncompressedBytes: number
}

const [plain, rle, rleDictionary] = [0, 3, 8]
const [dataPage, dictionaryPage] = [0, 2]

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
  const bytes = new Uint8Array(head.length + compressed.length)
  bytes.set(head)
  bytes.set(compressed, head.length)
  return { bytes, uncompressedBytes: head.length + body.length }
}

const dataHeader = (values: number, encoding: number) => ({
  field_5: { field_1: values, field_2: encoding, field_3: rle, field_4: rle }
})

const bytesOf = (values: Int32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A required INT32 column. */
export const intPage = (values: Int32Array): Page => page(dataPage, bytesOf(values), dataHeader(values.length, plain))

/** The dictionary of ids: 0, 1, ... experts - 1, and the missing mark where `holes` says that it occurs. */
export const idDictionary = (experts: number, holes: boolean): Page => {
  const values = Int32Array.from({ length: experts + (holes ? 1 : 0) }, (_, i) => (i < experts ? i : missingExpert))
  return page(dictionaryPage, bytesOf(values), { field_7: { field_1: values.length, field_2: plain } })
}

/** Bits of one dictionary index. */
export const indexBits = (dictionarySize: number): number => Math.max(1, 32 - Math.clz32(dictionarySize - 1))

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

/** Little-endian bit packing, least significant bit first (parquet Encodings.md, RLE / bit-packing hybrid). */
const packBits = (ids: Uint16Array, bits: number, experts: number, out: Uint8Array, at: number): void => {
  let held = 0
  let count = 0
  let p = at
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    held |= (id === missingExpert ? experts : id) << count
    count += bits
    while (count >= 8) {
      out[p++] = held
      held >>>= 8
      count -= 8
    }
  }
  if (count > 0) out[p] = held
}

/** Repetition levels of rows of `topK`: 0 opens a row, 1 continues it; one bit a value. */
const repetitionLevels = (values: number, topK: number): Uint8Array => {
  if (topK === 1) return Uint8Array.from([...varint(values * 2), 0])
  const groups = Math.ceil(values / 8)
  const head = varint(groups * 2 + 1)
  const out = new Uint8Array(head.length + groups)
  out.set(head)
  for (let i = 0; i < values; i++) if (i % topK !== 0) out[head.length + (i >> 3)]! |= 1 << (i & 7)
  return out
}

/** The data page of the LIST<UINT16> column `experts`: repetition levels, definition levels (all 1), packed ids. */
export const idPage = (ids: Uint16Array, topK: number, experts: number, holes: boolean): Page => {
  const bits = indexBits(experts + (holes ? 1 : 0))
  const repetition = repetitionLevels(ids.length, topK)
  const definition = Uint8Array.from([...varint(ids.length * 2), 1])
  const groups = Math.ceil(ids.length / 8)
  const packedHead = [bits, ...varint(groups * 2 + 1)]
  const body = new Uint8Array(8 + repetition.length + definition.length + packedHead.length + groups * bits)
  const view = new DataView(body.buffer)
  let p = 0
  for (const levels of [repetition, definition]) {
    view.setUint32(p, levels.length, true)
    body.set(levels, p + 4)
    p += 4 + levels.length
  }
  body.set(packedHead, p)
  packBits(ids, bits, experts, body, p + packedHead.length)
  return page(dataPage, body, dataHeader(ids.length, rleDictionary))
}
