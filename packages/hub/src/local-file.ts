/** Files that are here already. */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { HubFile } from "./contract.ts"
import { startDigest } from "./digest.ts"
import { diskProblem } from "./error.ts"
import { partEnding, tagEnding } from "./listed-file.ts"

/** Where a file of the data set lies in a folder of the user's: at the same path. */
export const localPath = (directory: string, file: HubFile): string => path.join(directory, ...file.path.split("/"))

/** Size of a file; undefined where there is none to see. */
const sizeOf = (file: string): number | undefined => {
  try {
    const stat = fs.statSync(file)
    return stat.isFile() ? stat.size : undefined
  } catch {
    return undefined
  }
}

/** Bytes of the unfinished download of a file. */
export const partBytes = (directory: string, file: HubFile): number =>
  Math.min(file.bytes, sizeOf(localPath(directory, file) + partEnding) ?? 0)

const block = 1 << 20

/** True when the file is here, whole and with the checksum listed. */
export const isHere = Effect.fnUntraced(function* (directory: string, file: HubFile) {
  const target = localPath(directory, file)
  if (sizeOf(target) !== file.bytes) return false
  const digest = startDigest(file.checksum, file.bytes)
  const read = Effect.gen(function* () {
    const fd = yield* Effect.acquireRelease(
      Effect.try({ try: () => fs.openSync(target, "r"), catch: diskProblem(target) }),
      (opened) => Effect.sync(() => fs.closeSync(opened))
    )
    const buffer = new Uint8Array(Math.min(block, file.bytes + 1))
    for (;;) {
      const got = yield* Effect.try({ try: () => fs.readSync(fd, buffer), catch: diskProblem(target) })
      if (got === 0) return digest.digest("hex") === file.checksum.hex
      digest.update(buffer.subarray(0, got))
      yield* Effect.yieldNow
    }
  })
  return yield* Effect.scoped(read)
})

/** Removes what a process that was fetching a file at the same time may have left beside it, now that it is here. */
export const clearLeftovers = (directory: string, file: HubFile) =>
  Effect.try({
    try: () => {
      for (const ending of [tagEnding, partEnding]) fs.rmSync(localPath(directory, file) + ending, { force: true })
    },
    catch: diskProblem(localPath(directory, file))
  })

/** Free bytes where `directory` is or will be; undefined where the system does not say. */
export const freeBytes = (directory: string): number | undefined => {
  let place = path.resolve(directory)
  while (!fs.existsSync(place) && place !== path.dirname(place)) place = path.dirname(place)
  try {
    const { bavail, bsize } = fs.statfsSync(place)
    return bavail * bsize
  } catch {
    return undefined
  }
}
