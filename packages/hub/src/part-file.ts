/** A download that is not finished: `NAME.part` beside its target, and `NAME.part.etag` that says of what. */
import { makeDirectory } from "@moira/core/node"
import { Effect, type Scope } from "effect"
import type { Hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import type { HubFile, Resume } from "./contract.ts"
import { startDigest } from "./digest.ts"
import { contested, diskProblem, type HubError } from "./error.ts"
import { partEnding, tagEnding } from "./listed-file.ts"

interface Tag {
  readonly checksum: string
  readonly tag: string
}

const readTag = (file: string): Tag | undefined => {
  try {
    const read: unknown = JSON.parse(fs.readFileSync(file, "utf8"))
    const { checksum, tag } = read as Partial<Record<keyof Tag, unknown>>
    return typeof checksum === "string" && typeof tag === "string" ? { checksum, tag } : undefined
  } catch {
    return undefined
  }
}

const { O_CREAT, O_EXCL, O_RDWR } = fs.constants

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

/**
 * The bytes of one file so far, with their digest. Methods throw the file system's error, or `HubError`.
 *
 * Several processes may fetch the same file. Bytes are only written into a part of the same content, at their place;
 * whoever needs to start over makes a part of their own, and the other notices at the end that it lost the name.
 */
export class PartFile {
  /** Bytes that are here. */
  length = 0
  /** True where they came by more than one request. */
  pieced = false
  /** Bytes that were found and dropped, since they are of another file. */
  readonly rejected: number = 0
  private tag: string | undefined
  private digest: Hash
  private readonly file: HubFile
  private readonly target: string
  private fd: number

  /** Opens or begins the part file of `target`. The digest of what is there must be caught up by the caller. */
  constructor(target: string, file: HubFile) {
    this.file = file
    this.target = target
    this.digest = startDigest(file.checksum, file.bytes)
    makeDirectory(path.dirname(target))
    try {
      this.fd = fs.openSync(target + partEnding, O_RDWR | O_CREAT | O_EXCL)
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error
      this.fd = fs.openSync(target + partEnding, O_RDWR)
      const found = readTag(target + tagEnding)
      const size = fs.fstatSync(this.fd).size
      if (found?.checksum === file.checksum.hex && size <= file.bytes) this.tag = found.tag
      else {
        this.rejected = size
        this.replace()
      }
    }
  }

  /** Leaves the part to others who may be writing it, and makes a new one. */
  private replace(): void {
    fs.rmSync(this.target + partEnding, { force: true })
    try {
      const fresh = fs.openSync(this.target + partEnding, O_RDWR | O_CREAT | O_EXCL)
      fs.closeSync(this.fd)
      this.fd = fresh
    } catch (error) {
      throw hasCode(error, "EEXIST") ? contested(this.target) : error
    }
  }

  /** Feeds the next piece of what was found on disk to the digest; false at its end. */
  catchUp(buffer: Uint8Array): boolean {
    const got = fs.readSync(this.fd, buffer, 0, buffer.length, this.length)
    this.digest.update(buffer.subarray(0, got))
    this.length += got
    this.pieced ||= got > 0
    return got > 0
  }

  /** What a request can go on with. */
  get resume(): Resume | undefined {
    return this.length > 0 && this.tag !== undefined ? { offset: this.length, tag: this.tag } : undefined
  }

  /** Drops all bytes and starts over with those of `tag`. The bytes go first: a tag never vouches for others'. */
  begin(tag: string | undefined): void {
    if (this.length > 0) this.replace()
    this.length = 0
    this.pieced = false
    this.tag = tag
    this.digest = startDigest(this.file.checksum, this.file.bytes)
    const file = this.target + tagEnding
    if (tag === undefined) fs.rmSync(file, { force: true })
    else fs.writeFileSync(file, JSON.stringify({ checksum: this.file.checksum.hex, tag } satisfies Tag))
  }

  append(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) at += fs.writeSync(this.fd, chunk, at, chunk.length - at, this.length + at)
    this.length += chunk.length
    this.digest.update(chunk)
  }

  /** True when every byte is here and their digest is the one listed. */
  get isRight(): boolean {
    return this.length === this.file.bytes && this.digest.copy().digest("hex") === this.file.checksum.hex
  }

  /** Waits until the bytes are on the disk, off this thread: small files would spend their time here. */
  flush(done: (error: Error | null) => void): void {
    fs.fsync(this.fd, done)
  }

  /** Puts the file under its name; false where the part has been taken by another process. */
  commit(): boolean {
    const part = this.target + partEnding
    const own = `${this.target}.${process.pid}${partEnding}`
    try {
      // Aside first: what has this name now may be another's part, and must not get the target's name.
      fs.renameSync(part, own)
    } catch (error) {
      if (hasCode(error, "ENOENT")) return false
      throw error
    }
    if (fs.statSync(own, { bigint: true }).ino !== fs.fstatSync(this.fd, { bigint: true }).ino) {
      fs.renameSync(own, part)
      return false
    }
    fs.rmSync(this.target + tagEnding, { force: true })
    try {
      fs.renameSync(own, this.target)
    } catch (error) {
      fs.renameSync(own, part)
      throw error
    }
    return true
  }

  /** Removes what came. */
  discard(): void {
    for (const ending of [tagEnding, partEnding]) fs.rmSync(this.target + ending, { force: true })
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

/** Opens the part file of a target for the scope, with the digest of what was there. */
export const openPart = Effect.fnUntraced(function* (
  target: string,
  file: HubFile
): Effect.fn.Return<PartFile, HubError, Scope.Scope> {
  const part = yield* Effect.acquireRelease(
    Effect.try({ try: () => new PartFile(target, file), catch: diskProblem(target) }),
    (opened) => Effect.sync(() => opened.close())
  )
  const buffer = new Uint8Array(1 << 20)
  while (yield* Effect.try({ try: () => part.catchUp(buffer), catch: diskProblem(target) })) yield* Effect.yieldNow
  return part
})
