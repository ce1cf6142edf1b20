/** Seeded damage to bytes. */
import type { Random } from "@moira/core"
import type { Mutate } from "../fixtures/fuzz-case.ts"

/** Text that has broken readers before: numbers, brackets, words, keys, names. */
const pieces = [
  ...'0 1 7 11 12 99 255 -1 -0 00 1.5 1e3 1e999 NaN Infinity null true false [ ] { } , : " [] {} [[1,2]]'.split(" "),
  "99999999999999999999",
  "4294967296",
  "[".repeat(300),
  '{"a":'.repeat(100),
  "\n",
  "\r\n",
  " ",
  "\0",
  "\xff",
  "\\u0000",
  "\\",
  "../../etc/passwd",
  "'shape': (4294967295, 65535, 65535)",
  "|O",
  "<f8",
  ">i8",
  '"shape":[4294967295,4294967295]'
].map((piece) => Buffer.from(piece, "latin1"))

const splice = (bytes: Uint8Array, from: number, removed: number, put: Uint8Array): Uint8Array =>
  Uint8Array.from(Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + removed)]))

const digits = /\d+/g

/** One random edit. */
const edit = (bytes: Uint8Array, { below }: Random): Uint8Array => {
  if (bytes.length === 0) return pieces[below(pieces.length)]!
  const at = below(bytes.length)
  const size = 1 + below(Math.min(40, bytes.length))
  switch (below(11)) {
    case 0: {
      const out = Uint8Array.from(bytes)
      out[at]! ^= 1 << below(8)
      return out
    }
    case 1: {
      const out = Uint8Array.from(bytes)
      out[at] = [0, 1, 0x7f, 0x80, 0xff, below(256)][below(6)]!
      return out
    }
    case 2:
      return bytes.slice(0, at)
    case 3:
      return splice(bytes, at, 0, pieces[below(pieces.length)]!)
    case 4:
      return splice(bytes, at, size, pieces[below(pieces.length)]!)
    case 5:
      return splice(bytes, at, size, new Uint8Array(0))
    case 6: {
      const part = bytes.slice(below(bytes.length), below(bytes.length) + size)
      return splice(bytes, at, 0, part)
    }
    case 7: {
      // A whole 32- or 64-bit field at once: lengths, offsets, counts.
      const out = Uint8Array.from(bytes)
      out.fill([0, 0x7f, 0xff][below(3)]!, at, at + [2, 4, 8][below(3)]!)
      return out
    }
    case 8: {
      // A small number at one place, as ids and counts are: often still a good file.
      const out = Uint8Array.from(bytes)
      out[at] = below(13)
      return out
    }
    case 9: {
      // A written number for another of its size: often still a good file.
      const text = Buffer.from(bytes).toString("latin1")
      const found = [...text.matchAll(digits)]
      const one = found[below(Math.max(1, found.length))]
      if (one === undefined) return bytes
      return splice(bytes, one.index, one[0].length, Buffer.from(String(below(13))))
    }
    default: {
      const line = Buffer.from(bytes).toString("latin1").split("\n")
      const from = below(line.length)
      line.splice(below(line.length), 0, line[from]!)
      return Uint8Array.from(Buffer.from(line.join("\n"), "latin1"))
    }
  }
}

/** One to three random edits at a time. */
export const mutator =
  (random: Random): Mutate =>
  (bytes) => {
    let out = bytes
    for (let edits = [1, 1, 1, 2, 3][random.below(5)]!; edits > 0; edits--) out = edit(out, random)
    return out
  }
