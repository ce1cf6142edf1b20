/** Whole files, if they are not too large to be held, and parts of files. */
import * as fs from "node:fs"
import { ContentFault } from "../../fault/content-fault.ts"

/** Most bytes of a file, a line or an array that are held in memory at a time. */
export const maxHeldBytes = 128 * 2 ** 20

/** Fills memory of its own from an open file. Throws `ContentFault` where the file ends early. */
export const readPart = (fd: number, from: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const got = fs.readSync(fd, bytes, at, length - at, from + at)
    if (got === 0) throw new ContentFault("Truncated", `byte ${from + at}`, "the file became shorter while it was read")
    at += got
  }
  return bytes
}

/** Runs `body` with a file open for reading. */
export const withFile = <A>(file: string, body: (fd: number, size: number) => A): A => {
  const fd = fs.openSync(file, "r")
  try {
    return body(fd, fs.fstatSync(fd).size)
  } finally {
    fs.closeSync(fd)
  }
}

/** The content of a file in memory of its own. Throws `ContentFault` for a file that is too large. */
export const readBounded = (file: string, most: number = maxHeldBytes): Uint8Array =>
  withFile(file, (fd, size) => {
    if (size > most)
      throw new ContentFault(
        "WrongShape",
        `byte ${most}`,
        `${size} bytes; at most ${most} are held in memory`,
        "split the trace into smaller files"
      )
    return readPart(fd, 0, size)
  })
