/** Which segments of an earlier run still hold. */
import { findSegment, type SegmentIndex } from "@moira/trace/segments"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { crc32 } from "node:zlib"
import { crc32Text } from "../codecs/bytes/digest.ts"
import type { FileState, PlannedSegment } from "./job.ts"

/** File systems tell times in steps of up to 2 s (FAT): what changed within such a step of a reading may look unchanged. */
const clockStepMs = 2000

/** The digest of a file's content, of the same kind as another. */
const digestLike = (like: string, path: string): string => {
  const hash = like.startsWith("sha256:") ? createHash("sha256") : undefined
  let crc = 0
  const fd = fs.openSync(path, "r")
  try {
    const part = new Uint8Array(1 << 20)
    for (let got = -1; got !== 0;) {
      got = fs.readSync(fd, part, 0, part.length, null)
      const bytes = part.subarray(0, got)
      if (hash === undefined) crc = crc32(bytes, crc)
      else hash.update(bytes)
    }
  } finally {
    fs.closeSync(fd)
  }
  return hash === undefined ? crc32Text(crc) : `sha256:${hash.digest("hex")}`
}

/** True where the content of a file is what the segment's requests were made of, by the hash that these carry. */
const sameContent = ({ path }: FileState, index: SegmentIndex): boolean => {
  const [digest, ...others] = new Set(index.rows.filter((row) => row.source === path).map((row) => row.sourceDigest))
  return digest !== undefined && digest !== "" && others.length === 0 && digest === digestLike(digest, path)
}

/** A time in ns as text, in ms. */
const inMs = (ns: string): number => Number(BigInt(ns) / 1_000_000n)

/**
 * The index of a segment that an earlier run finished, where it may stand. Its name vouches for the states of its
 * files; a file that changed just before it was read may have changed again in the same state, so its hash decides.
 * Bad files that were skipped make a segment unfit where none may be.
 */
export const finishedSegment = (
  directory: string,
  segment: PlannedSegment,
  skipBad: boolean
): SegmentIndex | undefined => {
  const found = findSegment(directory, segment.name)
  if (found === undefined || (found.index.skipped.length > 0 && !skipBad)) return undefined
  const { index, begunMs } = found
  const doubtful = (state: FileState) =>
    Math.max(inMs(state.mtimeNs), inMs(state.ctimeNs)) >= begunMs - clockStepMs && !sameContent(state, index)
  return segment.files.some(({ states }) => states.some(doubtful)) ? undefined : index
}
