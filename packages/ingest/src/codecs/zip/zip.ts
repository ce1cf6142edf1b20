/**
 * Strict reader of zip archives in memory: stored and deflated members, plain names, bounded expansion.
 * Format: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.4. Sizes come from the central directory.
 */
import { crc32, inflateRawSync } from "node:zlib"
import { ContentFault } from "../../fault/content-fault.ts"

/** A file of an archive, as the archive's directory has it. */
export interface ZipMember {
  readonly name: string
  readonly deflated: boolean
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** Offset of the packed bytes. */
  readonly dataAt: number
}

/** Beyond what an archive is refused: members, bytes of one unpacked, and those over its packed bytes. */
export interface ZipLimits {
  readonly members: number
  /** Unpacked bytes of one member. */
  readonly memberBytes: number
  /** Unpacked bytes for each packed one, above a megabyte; arrays of ids reach about 10. */
  readonly ratio: number
}

/** Limits where nobody gives others. */
export const zipLimits: ZipLimits = { members: 4096, memberBytes: 128 * 2 ** 20, ratio: 200 }

const localSignature = 0x04034b50
const centralSignature = 0x02014b50
const endSignature = 0x06054b50
const endBytes = 22
const maxComment = 0xffff
const maxNameBytes = 255

const malformed = (byte: number, what: string, hint?: string) =>
  new ContentFault("Malformed", `byte ${byte}`, what, hint)

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const nameAt = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("latin1")

/** True when `bytes` start as an archive with a member does. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === localSignature

/** The name of the first member from the start of an archive; undefined where it is cut off. */
export const firstMemberName = (bytes: Uint8Array): string | undefined => {
  if (!isZip(bytes) || bytes.length < 30) return undefined
  const length = viewOf(bytes).getUint16(26, true)
  return 30 + length > bytes.length ? undefined : nameAt(bytes, 30, length)
}

/** Where the end record is: it must be the last thing in the file. */
const findEnd = (bytes: Uint8Array, view: DataView): number => {
  for (let at = bytes.length - endBytes; at >= Math.max(0, bytes.length - endBytes - maxComment); at--) {
    if (view.getUint32(at, true) === endSignature && at + endBytes + view.getUint16(at + 20, true) === bytes.length)
      return at
  }
  throw new ContentFault("Truncated", `byte ${bytes.length}`, "has no end record: the archive is cut short or no zip")
}

/** Checks the local header of a member and gives where its bytes start. */
const dataStart = (bytes: Uint8Array, view: DataView, at: number, name: string): number => {
  if (at + 30 > bytes.length || view.getUint32(at, true) !== localSignature)
    throw malformed(at, `no member header where the directory places ${name}`)
  const nameLength = view.getUint16(at + 26, true)
  if (at + 30 + nameLength > bytes.length || nameAt(bytes, at + 30, nameLength) !== name)
    throw malformed(at, `the member header is not named ${name} as the directory says`)
  return at + 30 + nameLength + view.getUint16(at + 28, true)
}

/** One entry of the central directory, checked. */
const entry = (bytes: Uint8Array, view: DataView, at: number, limits: ZipLimits): ZipMember => {
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const [packedBytes, unpacked] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)]
  const nameLength = view.getUint16(at + 28, true)
  if (nameLength > maxNameBytes) throw malformed(at, `a member name of ${nameLength} bytes`)
  const name = nameAt(bytes, at + 46, nameLength)
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(name) || name.split("/").includes(".."))
    throw malformed(at, `the member name ${JSON.stringify(name)} is not a plain path`)
  if ((flags & 1) !== 0) throw malformed(at, `member ${name} is encrypted`, "write the archive without a password")
  if (method !== 0 && method !== 8)
    throw malformed(at, `member ${name} is packed by method ${method}`, "pack members by deflate, or not at all")
  if (packedBytes === 0xffffffff || unpacked === 0xffffffff)
    throw malformed(at, `member ${name} is beyond 4 GB`, "split the archive")
  if (unpacked > limits.memberBytes)
    throw malformed(
      at,
      `member ${name} unpacks to ${unpacked} bytes; at most ${limits.memberBytes} are read`,
      "split the archive; one member is held in memory at a time"
    )
  if (unpacked > 2 ** 20 && unpacked > packedBytes * limits.ratio)
    throw malformed(at, `member ${name} unpacks to ${Math.floor(unpacked / Math.max(1, packedBytes))} times its size`)
  if (method === 0 && packedBytes !== unpacked) throw malformed(at, `member ${name} is stored, but its sizes differ`)
  const dataAt = dataStart(bytes, view, view.getUint32(at + 42, true), name)
  return { name, deflated: method === 8, crc: view.getUint32(at + 16, true), packedBytes, bytes: unpacked, dataAt }
}

/** Lists the members of an archive. Throws `ContentFault` on anything out of the ordinary. */
export const zipMembers = (bytes: Uint8Array, limits: ZipLimits = zipLimits): ReadonlyMap<string, ZipMember> => {
  const view = viewOf(bytes)
  if (bytes.length > 0 && (bytes[0] !== 0x50 || (bytes.length > 1 && bytes[1] !== 0x4b)))
    throw malformed(0, "does not start as a zip archive")
  const end = findEnd(bytes, view)
  const members = view.getUint16(end + 10, true)
  const [size, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)]
  if (members === 0xffff || start === 0xffffffff) throw malformed(end, "a zip64 archive", "split it below 4 GB")
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== members)
    throw malformed(end, "a part of an archive of several volumes")
  if (members > limits.members) throw malformed(end, `${members} members; at most ${limits.members} are read`)
  if (start + size !== end) throw malformed(end, "its directory does not lie before its end record")
  const found = new Map<string, ZipMember>()
  let at = start
  for (let m = 0; m < members; m++) {
    if (at + 46 > end || view.getUint32(at, true) !== centralSignature) throw malformed(at, "no directory entry")
    const next = at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > end) throw malformed(at, "a directory entry runs over the end")
    const member = entry(bytes, view, at, limits)
    if (member.dataAt + member.packedBytes > start) throw malformed(at, `member ${member.name} runs into the directory`)
    if (found.has(member.name)) throw malformed(at, `two members are named ${member.name}`)
    found.set(member.name, member)
    at = next
  }
  if (at !== end) throw malformed(at, "bytes between the directory and the end record")
  const ordered = [...found.values()].toSorted((a, b) => a.dataAt - b.dataAt)
  ordered.reduce((from, member) => {
    if (member.dataAt < from) throw malformed(member.dataAt, `member ${member.name} lies inside another`)
    return member.dataAt + member.packedBytes
  }, 0)
  return found
}

const inflate = (packed: Uint8Array, { name, bytes, dataAt }: ZipMember): Uint8Array => {
  try {
    // One byte more than announced, so that a member that is larger than it says fails here.
    return inflateRawSync(packed, { maxOutputLength: bytes + 1 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw malformed(dataAt, `member ${name} does not unpack: ${why}`, "fetch or copy the file again")
  }
}

/** Unpacks one member and checks its size and checksum. */
export const unzip = (archive: Uint8Array, member: ZipMember): Uint8Array => {
  const packed = archive.subarray(member.dataAt, member.dataAt + member.packedBytes)
  const out = member.deflated ? inflate(packed, member) : packed
  if (out.length !== member.bytes)
    throw malformed(member.dataAt, `member ${member.name} unpacks to ${out.length} bytes, not ${member.bytes}`)
  if (crc32(out) !== member.crc)
    throw malformed(member.dataAt, `the checksum of member ${member.name} differs`, "fetch or copy the file again")
  return out
}
