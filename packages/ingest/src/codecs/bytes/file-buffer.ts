/** Whole files in one buffer that is used again, which is several times faster than a fresh one for each file. */
import * as fs from "node:fs"

/** One read of more than 2^31 - 1 bytes is refused by Node. */
const maxPerCall = 1 << 30

/**
 * Holds one file at a time: its bytes are `bytes[0]` to `bytes[length - 1]`, followed by a zero, so that a scanner
 * meets a byte that fits nothing at the end and needs no bounds check.
 */
export class FileBuffer {
  bytes = new Uint8Array(1 << 20)
  length = 0

  /** Replaces the content by that of a file. Throws the file system's error. */
  read(path: string): void {
    this.length = 0
    const fd = fs.openSync(path, "r")
    try {
      this.reserve(fs.fstatSync(fd).size)
      for (;;) {
        // The last byte is kept for the zero; the size is only a guess, the file may grow.
        this.reserve(this.length + 1)
        const room = Math.min(this.bytes.length - 1 - this.length, maxPerCall)
        const got = fs.readSync(fd, this.bytes, this.length, room, null)
        if (got === 0) break
        this.length += got
      }
    } finally {
      fs.closeSync(fd)
    }
    this.bytes[this.length] = 0
  }

  /** Makes room for `length` bytes and the zero. */
  private reserve(length: number): void {
    if (length < this.bytes.length) return
    const grown = new Uint8Array(Math.max(length + 1, Math.ceil(this.bytes.length * 1.5)))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}

/** The first bytes of a file, and whether that is all of it. Throws the file system's error. */
export const readStart = (path: string, most: number): { readonly bytes: Uint8Array; readonly whole: boolean } => {
  const fd = fs.openSync(path, "r")
  try {
    const bytes = new Uint8Array(most + 1)
    let length = 0
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = fs.readSync(fd, bytes, length, bytes.length - length, null)
    }
    return { bytes: bytes.subarray(0, Math.min(length, most)), whole: length <= most }
  } finally {
    fs.closeSync(fd)
  }
}
