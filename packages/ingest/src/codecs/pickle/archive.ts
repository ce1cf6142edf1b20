/**
 * ZIP archives on disk (APPNOTE.TXT 6.3), of which torch.save writes one: read member by member, so that a recording of
 * many gigabytes is never held, and with zip64, which torch.save needs beyond 4 GB or 65,535 tensors. Sizes are taken
 * from the central directory and compared with the file before anything is allocated.
 */
import * as zlib from "node:zlib"
import type { ByteSource } from "../bytes/byte-source.ts"
import { ContentFault } from "../../fault/content-fault.ts"

export interface ArchiveMember {
  readonly name: string
  readonly method: number
  readonly crc32: number
  readonly compressedSize: number
  readonly size: number
  readonly headerOffset: number
}

/** A member stored without compression may be this large, one that must be inflated a quarter of it. */
const maxBytes = 2 ** 30
const maxInflated = maxBytes / 4
const maxMembers = 2 ** 20

const malformed = (at: number, what: string) => new ContentFault("Malformed", `byte ${at}`, what)

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A 64-bit size; above 2^53 it can be no place of a file. */
const size64 = (view: DataView, at: number, place: number): number => {
  const value = Number(view.getBigUint64(at, true))
  if (!Number.isSafeInteger(value)) throw malformed(place, `a size of ${value} bytes`)
  return value
}

interface Directory {
  readonly offset: number
  readonly size: number
  readonly members: number
}

/** The end record's account of the central directory (APPNOTE 4.3.14 to 4.3.16). */
const findDirectory = (source: ByteSource): Directory => {
  const tailSize = Math.min(source.size, 22 + 0xffff)
  const tailAt = source.size - tailSize
  const tail = source.read(tailAt, tailSize)
  const view = viewOf(tail)
  let end = tailSize - 22
  while (
    end >= 0 &&
    !(view.getUint32(end, true) === 0x06054b50 && view.getUint16(end + 20, true) === tailSize - end - 22)
  )
    end--
  if (end < 0)
    throw new ContentFault(
      "Truncated",
      `byte ${source.size}`,
      "has no end record of a zip archive: it is cut off, or no archive"
    )
  const directory = {
    offset: view.getUint32(end + 16, true),
    size: view.getUint32(end + 12, true),
    members: view.getUint16(end + 10, true)
  }
  const saturated = directory.offset === 0xffffffff || directory.size === 0xffffffff || directory.members === 0xffff
  if (!saturated) return checked(directory, tailAt + end)
  const locatorAt = tailAt + end - 20
  if (locatorAt < 0) throw malformed(tailAt + end, "lacks the zip64 locator that its end record asks for")
  const locator = viewOf(source.read(locatorAt, 20))
  if (locator.getUint32(0, true) !== 0x07064b50) return checked(directory, tailAt + end)
  const recordAt = size64(locator, 8, locatorAt)
  if (recordAt + 56 > locatorAt) throw malformed(locatorAt, `puts the zip64 end record at byte ${recordAt}`)
  const record = viewOf(source.read(recordAt, 56))
  if (record.getUint32(0, true) !== 0x06064b50)
    throw malformed(recordAt, "no zip64 end record where the locator puts it")
  const big = (at: number) => size64(record, at, recordAt)
  return checked({ members: big(32), size: big(40), offset: big(48) }, recordAt)
}

const checked = (directory: Directory, end: number): Directory => {
  if (directory.offset + directory.size > end)
    throw malformed(
      end,
      `a central directory of ${directory.size} bytes at byte ${directory.offset} does not fit before it`
    )
  if (directory.members > maxMembers || directory.members * 46 > directory.size)
    throw malformed(end, `${directory.members} members in a central directory of ${directory.size} bytes`)
  return directory
}

/** Replaces saturated 32-bit fields by those of the zip64 extra field (APPNOTE 4.5.3). */
const widen = (extra: Uint8Array, fields: Array<number>, place: number): void => {
  const view = viewOf(extra)
  for (let at = 0; at + 4 <= extra.length;) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1) {
      let from = at + 4
      for (let i = 0; i < fields.length; i++) {
        if (fields[i] !== 0xffffffff) continue
        if (from + 8 > Math.min(extra.length, at + 4 + length)) throw malformed(place, "a short zip64 field")
        fields[i] = size64(view, from, place)
        from += 8
      }
      return
    }
    at += 4 + length
  }
}

/** Members lie one after another before the directory; ones that overlap are how a small archive claims to hold much. */
const checkExtents = (members: ReadonlyArray<ArchiveMember>, directoryAt: number): void => {
  const ordered = members.toSorted((a, b) => a.headerOffset - b.headerOffset)
  ordered.forEach(({ name, compressedSize, headerOffset }, i) => {
    const most = ordered[i + 1]?.headerOffset ?? directoryAt
    if (headerOffset + 30 + Buffer.byteLength(name) + compressedSize > most)
      throw malformed(
        headerOffset,
        `member ${JSON.stringify(name.slice(0, 80))} of ${compressedSize} bytes runs into what follows`
      )
  })
}

const readDirectory = (
  source: ByteSource,
  { offset, size, members }: Directory
): ReadonlyMap<string, ArchiveMember> => {
  const bytes = source.read(offset, size)
  const view = viewOf(bytes)
  const found = new Map<string, ArchiveMember>()
  let at = 0
  for (let i = 0; i < members; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== 0x02014b50)
      throw malformed(offset + at, `entry ${i} of the central directory is missing`)
    const [names, extras, comments] = [28, 30, 32].map((field) => view.getUint16(at + field, true))
    const end = at + 46 + names! + extras! + comments!
    if (end > size) throw malformed(offset + at, `entry ${i} of the central directory is cut off`)
    if ((view.getUint16(at + 8, true) & 1) === 1) throw malformed(offset + at, "an encrypted member")
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + names!)).toString("utf8")
    const fields = [24, 20, 42].map((field) => view.getUint32(at + field, true))
    widen(bytes.subarray(at + 46 + names!, at + 46 + names! + extras!), fields, offset + at)
    const member: ArchiveMember = {
      name,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      size: fields[0]!,
      compressedSize: fields[1]!,
      headerOffset: fields[2]!
    }
    if (found.has(name)) throw malformed(offset + at, `member ${JSON.stringify(name.slice(0, 80))} comes twice`)
    found.set(name, member)
    at = end
  }
  checkExtents([...found.values()], offset)
  return found
}

export class FileArchive {
  readonly members: ReadonlyMap<string, ArchiveMember>
  readonly #source: ByteSource
  readonly #end: number

  /** Reads the central directory; throws `ContentFault` where it does not hold together. */
  constructor(source: ByteSource) {
    const directory = findDirectory(source)
    this.#source = source
    this.#end = directory.offset
    this.members = readDirectory(source, directory)
  }

  /** The content of a member of at most `most` bytes, after its checksum was compared. */
  read(member: ArchiveMember, most: number = maxBytes): Uint8Array {
    const { name, method, size, compressedSize, headerOffset: at } = member
    const shown = JSON.stringify(name.slice(0, 80))
    const limit = Math.min(most, method === 0 ? maxBytes : maxInflated)
    if (size > limit) throw malformed(at, `member ${shown} of ${size} bytes is more than the ${limit} that are read`)
    if (at + 30 > this.#end) throw malformed(at, `member ${shown} lies outside the archive`)
    const header = viewOf(this.#source.read(at, 30))
    if (header.getUint32(0, true) !== 0x04034b50) throw malformed(at, `no header of member ${shown} where it should be`)
    const from = at + 30 + header.getUint16(26, true) + header.getUint16(28, true)
    if (from + compressedSize > this.#end)
      throw malformed(at, `member ${shown} of ${compressedSize} bytes does not fit`)
    const content = unpacked(this.#source.read(from, compressedSize), member, at)
    if (zlib.crc32(content) !== member.crc32) throw malformed(from, `the checksum of member ${shown} differs`)
    return content
  }
}

const unpacked = (bytes: Uint8Array, { name, method, size, compressedSize }: ArchiveMember, at: number): Uint8Array => {
  const shown = JSON.stringify(name.slice(0, 80))
  if (method === 0) {
    if (size !== compressedSize)
      throw malformed(at, `member ${shown} is stored in ${compressedSize} bytes and says ${size}`)
    return bytes
  }
  if (method !== 8) throw malformed(at, `member ${shown} is compressed by method ${method}, not stored or deflated`)
  try {
    const content = zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) })
    if (content.length === size) return content
  } catch {
    throw malformed(at, `member ${shown} does not inflate to the ${size} bytes that it says`)
  }
  throw malformed(at, `member ${shown} does not inflate to the ${size} bytes that it says`)
}
