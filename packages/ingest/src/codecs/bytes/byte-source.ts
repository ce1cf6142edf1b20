/** Random access to the bytes of a file, so that an archive is read member by member. */
import * as fs from "node:fs"
import { ContentFault } from "../../fault/content-fault.ts"

/** Bytes that are read part by part. */
export interface ByteSource {
  readonly size: number
  /** Exactly `length` bytes from `from` on, which the reader has checked to lie inside. */
  readonly read: (from: number, length: number) => Uint8Array
}

/** Bytes that are there already. */
export const bytesInMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (from, length) => bytes.subarray(from, from + length)
})

/** An open file; the caller closes `fd`. Throws the file system's error. */
export const bytesOfFile = (fd: number): ByteSource => ({
  size: fs.fstatSync(fd).size,
  read: (from, length) => {
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const got = fs.readSync(fd, bytes, done, Math.min(length - done, 1 << 30), from + done)
      if (got === 0)
        throw new ContentFault("Truncated", `byte ${from + done}`, "the file became shorter while it was read")
      done += got
    }
    return bytes
  }
})

/** Runs `body` on a file that is closed afterwards. */
export const withByteSource = <A>(path: string, body: (source: ByteSource) => A): A => {
  const fd = fs.openSync(path, "r")
  try {
    return body(bytesOfFile(fd))
  } finally {
    fs.closeSync(fd)
  }
}
