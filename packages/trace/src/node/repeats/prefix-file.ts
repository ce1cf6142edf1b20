/** The hashes of requests' beginnings in a file of their own, which lasts until the store is whole: memory does not grow with the trace. */
import * as fs from "node:fs"
import type { TraceRequest } from "../../selections.ts"
import { hashesOf, prefixHashes } from "./prefix-hash.ts"

/** Hashes that are gathered before they are written, and read at once. */
const held = 1 << 14

export class PrefixWriter {
  readonly #fd: number
  readonly #layers: number
  readonly #topK: number
  #hashes = new Uint32Array(held)
  #size = 0
  #bytes = 0
  #open = true

  /** Opens a new file, or empties an old one; throws the file system's error where that fails. */
  constructor(path: string, layers: number, topK: number) {
    this.#fd = fs.openSync(path, "w")
    this.#layers = layers
    this.#topK = topK
  }

  /** Bytes of all hashes so far. */
  get bytes(): number {
    return this.#bytes + 4 * this.#size
  }

  append(request: TraceRequest): void {
    const size = hashesOf(request)
    if (this.#size + size > this.#hashes.length) this.#write()
    if (size > this.#hashes.length) this.#hashes = new Uint32Array(size)
    prefixHashes(request, this.#layers, this.#topK, this.#hashes, this.#size)
    this.#size += size
  }

  /** Writes what is left and closes the file. */
  finish(): void {
    this.#write()
    this.close()
  }

  close(): void {
    if (this.#open) fs.closeSync(this.#fd)
    this.#open = false
  }

  #write(): void {
    const bytes = new Uint8Array(this.#hashes.buffer, 0, 4 * this.#size)
    for (let done = 0; done < bytes.length;) done += fs.writeSync(this.#fd, bytes, done)
    this.#bytes += bytes.length
    this.#size = 0
  }
}

/** Hashes of consecutive requests, and the prompt rows of each, in order. */
export interface StoredPrefixes {
  readonly path: string
  readonly prefillTokens: ReadonlyArray<number>
}

/**
 * Calls `take` with the hashes of each request, which last until the next call. Throws the file system's error, and a
 * `RangeError` where the file is shorter than its requests.
 */
export const readPrefixes = ({ path, prefillTokens }: StoredPrefixes, take: (hashes: Uint32Array) => void): void => {
  const fd = fs.openSync(path, "r")
  try {
    let [hashes, from, to] = [new Uint32Array(held), 0, 0]
    for (const tokens of prefillTokens) {
      const size = hashesOf({ prefillTokens: tokens })
      if (to - from < size) {
        const rest = hashes.subarray(from, to)
        const next = size > hashes.length ? new Uint32Array(size) : hashes
        next.set(rest)
        ;[hashes, from, to] = [next, 0, rest.length + fill(fd, next, rest.length)]
        if (to < size) throw new RangeError(`${path} ends too early`)
      }
      take(hashes.subarray(from, from + size))
      from += size
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** Whole hashes read to `into[at]` and after, until it or the file ends. */
const fill = (fd: number, into: Uint32Array, at: number): number => {
  const bytes = new Uint8Array(into.buffer, into.byteOffset + 4 * at, 4 * (into.length - at))
  let done = 0
  while (done < bytes.length) {
    const got = fs.readSync(fd, bytes, done, bytes.length - done, null)
    if (got === 0) break
    done += got
  }
  return done >> 2
}
