/** Whole files straight into a decoder's memory, which is several times faster than a fresh buffer for each. */
import * as fs from "node:fs"
import type { PatternDecoder } from "./decode.ts"

/** One read of more than 2^31 - 1 bytes is refused by Node. */
const maxPerCall = 1 << 30

/** Reads a file to where `decoder` takes it from; returns its bytes, for hashing. Throws the file system's error. */
export const readInto = (decoder: Pick<PatternDecoder, "reserve">, path: string): Uint8Array => {
  const fd = fs.openSync(path, "r")
  try {
    let length = 0
    // One more than the size, so that the end is seen without growing; the size is only a guess, the file may grow.
    let memory = decoder.reserve(fs.fstatSync(fd).size + 1)
    for (;;) {
      const got = fs.readSync(fd, memory, length, Math.min(memory.length - length, maxPerCall), null)
      if (got === 0) return memory.subarray(0, length)
      length += got
      if (length === memory.length) memory = decoder.reserve(length + 1, length)
    }
  } finally {
    fs.closeSync(fd)
  }
}
