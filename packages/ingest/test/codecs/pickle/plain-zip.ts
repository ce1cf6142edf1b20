/** Writes and reads small zip archives by plain code, so that a changed member has a right checksum. */
import * as zlib from "node:zlib"

export type Members = ReadonlyArray<readonly [name: string, content: Uint8Array]>

export interface ZipLies {
  /** Unpacked size that the headers give instead of the true one. */
  readonly size?: number
  readonly deflate?: boolean
}

/** An archive of members, stored or deflated; `lies` is applied to every member. */
export const zipFile = (members: Members, lies: ZipLies = {}): Uint8Array => {
  const parts: Array<Buffer> = []
  const entries: Array<Buffer> = []
  let at = 0
  for (const [name, content] of members) {
    const body = lies.deflate === true ? zlib.deflateRawSync(content) : Buffer.from(content)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(lies.deflate === true ? 8 : 0, 4)
    fields.writeUInt32LE(zlib.crc32(content), 10)
    fields.writeUInt32LE(body.length, 14)
    fields.writeUInt32LE(lies.size ?? content.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), fields, Buffer.from(name, "latin1"), body])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    entries.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), fields, tail, Buffer.from(name, "latin1")]))
    parts.push(local)
    at += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, directory, end])
}

/** Members of an archive without tricks: by the central directory, all stored. */
export const unzipFile = (archive: Uint8Array): Members => {
  const bytes = Buffer.from(archive)
  let at = bytes.readUInt32LE(bytes.length - 6)
  return Array.from({ length: bytes.readUInt16LE(bytes.length - 12) }, () => {
    const [size, names, extras] = [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30)
    ]
    const header = bytes.readUInt32LE(at + 42)
    const name = bytes.toString("latin1", at + 46, at + 46 + names)
    const from = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
    at += 46 + names + extras
    return [name, new Uint8Array(bytes.subarray(from, from + size))] as const
  })
}
