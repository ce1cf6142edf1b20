/** Reads single (layer, chunk of requests) blocks of `selections.parquet` without touching the rest. */
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as zlib from "node:zlib"
import { BadParquet } from "../../parquet/bad-parquet.ts"
import { encoding, pageType, readPageHeader } from "../../parquet/page-header.ts"
import { maxRatio } from "../../parquet/table.ts"
import type { StoredColumns } from "./file-writer.ts"
import { decodeFooter } from "./footer-reader.ts"
import { type ColumnPlace, type Group, groupSpan } from "./group.ts"
import { readIdPages } from "./id-pages.ts"
import { unzstd } from "./zstd.ts"

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

/** What the manifest of a store says of its file of selections. */
export interface FileSeal {
  readonly bytes: number
  /** SHA-256 of the footer, its length and the magic bytes after it. */
  readonly footerSha256: string
}

/** The seal of a file as it lies there. Throws where it is no Parquet. */
export const readSeal = (file: string): FileSeal => {
  const fd = fs.openSync(file, "r")
  try {
    const bytes = fs.fstatSync(fd).size
    return { bytes, footerSha256: hash("sha256", readFooter(fd, bytes).footer) }
  } finally {
    fs.closeSync(fd)
  }
}

/** The footer with its length and the magic bytes after it, and where it starts. */
const readFooter = (fd: number, size: number) => {
  if (size < 12) throw new BadParquet("too short to be Parquet", 0)
  const tail = readAt(fd, size - 8, 8)
  if (new TextDecoder().decode(tail.subarray(4)) !== "PAR1") throw new BadParquet("no Parquet footer", size - 4)
  const length = new DataView(tail.buffer).getUint32(0, true)
  if (length + 12 > size) throw new BadParquet("the footer is longer than the file", size - 8)
  const start = size - length - 8
  return { footer: readAt(fd, start, length + 8), start }
}

const foreign = (what: string) =>
  new BadParquet(`it does not belong to this manifest: ${what}; it was replaced, cut or changed after it was written`)

/**
 * The groups of a file from its footer, in file order, one after the other. With a seal the footer is proved to be the one
 * that was written with the manifest, and with it all that the checksums in it cover.
 */
export const readGroups = (fd: number, seal?: FileSeal): ReadonlyArray<Group> => groupsIn(fd, seal, false)

/** The groups of a store of version 1, whose footer has no checksums; each group is proved by {@link withChecksums}. */
export const readOldGroups = (fd: number): ReadonlyArray<Group> => groupsIn(fd, undefined, true)

const groupsIn = (fd: number, seal: FileSeal | undefined, old: boolean): ReadonlyArray<Group> => {
  const size = fs.fstatSync(fd).size
  if (seal !== undefined && size !== seal.bytes) throw foreign(`${size} bytes where it says ${seal.bytes}`)
  const { footer, start } = readFooter(fd, size)
  if (seal !== undefined && hash("sha256", footer) !== seal.footerSha256) throw foreign("its footer is another")
  const groups = groupsOf(footer.subarray(0, -8), start, old)
  let end = 4
  for (const { columns, values } of groups) {
    for (const { offset, bytes } of columns) {
      if (!(offset === end && bytes > 0 && offset + bytes <= start))
        throw new BadParquet(`the footer puts a column at byte ${offset}, where none can be`, start)
      end = offset + bytes
    }
    // Else a small file could ask for any amount of memory.
    if (!(values >= 0 && values <= maxRatio * columns[3].bytes))
      throw new BadParquet(`a column of ${columns[3].bytes} bytes cannot hold ${values} ids`, columns[3].offset)
  }
  if (end !== start) throw new BadParquet("there are bytes that no column has", end)
  return groups
}

const groupsOf = (footer: Uint8Array, start: number, old: boolean): ReadonlyArray<Group> => {
  try {
    return decodeFooter(footer, old)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BadParquet(`the footer cannot be decoded: ${why}`, start, { cause })
  }
}

/** Compares the checksum of a column with that of the footer. */
const proved = (bytes: Uint8Array, offset: number, crc32: number): Uint8Array => {
  if (zlib.crc32(bytes) === crc32) return bytes
  throw new BadParquet("checksum differs: the file was changed after it was written", offset)
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
  const part = (column: number): Uint8Array => {
    const place = group.columns[column]!
    const from = place.offset - offset
    return proved(chunk.subarray(from, from + place.bytes), place.offset, group.crc32[column]!)
  }
  return { layer: part(0), pos: part(2), experts: part(3) }
}

/** The bytes of one column, its checksum compared. */
const readColumn = (fd: number, group: Group, column: 0 | 1 | 2 | 3): Uint8Array => {
  const { offset, bytes } = group.columns[column]
  return proved(readAt(fd, offset, bytes), offset, group.crc32[column])
}

/** What `decode` gives of a column; a page that is none of ours is told with its place. */
const decoded = <A>({ offset }: ColumnPlace, decode: () => A): A => {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BadParquet(`a page cannot be decoded: ${why}`, offset, { cause })
  }
}

/** A group of a store of version 1 with the checksums of its columns, after those in the headers of its pages were compared. */
export const withChecksums = (fd: number, group: Group): Group => {
  const [a, b, c, d] = group.columns.map((place) =>
    decoded(place, () => {
      const column = readAt(fd, place.offset, place.bytes)
      for (let at = 0; at < column.length;) {
        const header = readPageHeader(column, at)
        at = header.body + header.bodyBytes
        if ((zlib.crc32(column.subarray(header.body, at)) | 0) !== header.crc32)
          throw new BadParquet("checksum differs: the file was changed after it was written", place.offset)
      }
      return zlib.crc32(column)
    })
  )
  return { ...group, crc32: [a!, b!, c!, d!] }
}

/** The numbers of column `column` of a group: layers, requests or positions of its rows. */
export const readNumbers = (fd: number, group: Group, column: 0 | 1 | 2): Int32Array => {
  const bytes = readColumn(fd, group, column)
  const place = group.columns[column]
  return decoded(place, () => {
    const plainBytes = 4 * group.rows
    const header = readPageHeader(bytes, 0)
    const { type, values, body, bodyBytes } = header
    if (
      type !== pageType.data ||
      header.encoding !== encoding.plain ||
      values !== group.rows ||
      header.plainBytes !== plainBytes ||
      body + bodyBytes !== bytes.length
    )
      throw new TypeError(`a page is not ${group.rows} plain numbers`)
    const unpacked = unzstd(bytes.subarray(body), plainBytes, place.offset)
    return new Int32Array(unpacked.buffer.slice(unpacked.byteOffset, unpacked.byteOffset + plainBytes))
  })
}

/** Decodes the ids of one group into `out` from `at` on; `ids` are those that the model may choose. */
export const readIds = (fd: number, group: Group, ids: number, out: Uint16Array, at: number): void => {
  const column = readColumn(fd, group, 3)
  decoded(group.columns[3], () => readIdPages(column, group, ids, out.subarray(at, at + group.values)))
}
