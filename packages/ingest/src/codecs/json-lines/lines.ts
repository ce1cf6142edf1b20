/** Lines of a file in bounded memory: one line and one block are held. */
import * as fs from "node:fs"
import { ContentFault } from "../../fault/content-fault.ts"

/** A line of a file, without its line feed. */
export interface Line {
  /** Counted from 1. */
  readonly number: number
  /** Offset of the line's first byte in the file. */
  readonly at: number
  /** Without the line feed; valid until the next line is asked for. */
  readonly bytes: Uint8Array
  /** False only for a last line without a line feed. */
  readonly ended: boolean
}

/** Of tables of numbers whose last line lacks its line feed: a number that lost its last digits is still one. */
export const unendedHint =
  "it may have been cut: fetch or copy the file again; if it is whole, end its last line with a line feed"

const blockBytes = 1 << 20

/** Yields each line of a file, blank ones too. Throws `ContentFault` for a line beyond `maxBytes`. */
export function* linesOf(file: string, maxBytes: number): Generator<Line> {
  const fd = fs.openSync(file, "r")
  try {
    // One byte more than a small file has, so that its end is seen without growing.
    let buffer = new Uint8Array(Math.min(blockBytes, fs.fstatSync(fd).size + 1))
    /** Bytes of the buffer in use, and where the unfinished line starts in it. */
    let [length, start] = [0, 0]
    let [number, at] = [1, 0]
    for (;;) {
      if (start > 0) {
        buffer.copyWithin(0, start, length)
        length -= start
        start = 0
      }
      if (length > maxBytes)
        throw new ContentFault(
          "Malformed",
          `line ${number}, byte ${at}`,
          `a line of more than ${maxBytes} bytes`,
          "write one record a line; one line is held in memory"
        )
      if (length === buffer.length) {
        const grown = new Uint8Array(buffer.length * 2)
        grown.set(buffer)
        buffer = grown
      }
      const got = fs.readSync(fd, buffer, length, buffer.length - length, null)
      let search = length
      length += got
      for (;;) {
        const feed = buffer.subarray(0, length).indexOf(10, search)
        if (feed < 0) break
        yield { number, at, bytes: buffer.subarray(start, feed), ended: true }
        at += feed + 1 - start
        number++
        start = search = feed + 1
      }
      if (got > 0) continue
      if (length > start) yield { number, at, bytes: buffer.subarray(start, length), ended: false }
      return
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** True for a line of white space alone. */
export const isBlank = (bytes: Uint8Array): boolean => bytes.every((c) => c === 32 || c === 9 || c === 13)

/** The first of what a reader yields; its file is closed. Readers that never fail on an empty file must not be given. */
export const firstOf = <A>(all: Generator<A, unknown>): A => {
  try {
    return all.next().value as A
  } finally {
    all.return(undefined)
  }
}
