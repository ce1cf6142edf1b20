/** Finds the requests of a stored file that begin with the rows of another one, and marks them. */
import * as fs from "node:fs"
import { readGroups } from "../parquet/file-reader.ts"
import type { CountedRemark } from "../../remarks.ts"
import type { RequestRow } from "../../requests.ts"
import { possibleRepeats } from "./anchors.ts"
import { begun, markRepeats, type Repeats } from "./mark-repeats.ts"
import { readPrefixes } from "./prefix-file.ts"
import { settleRepeats } from "./settle.ts"

/** The hashes of how requests begin: files, each with those of so many requests, in order. */
export interface Beginnings {
  readonly files: ReadonlyArray<{ readonly path: string; readonly requests: number }>
  readonly repeats: Repeats
}

/** A finished file of selections, and the requests whose selections it holds. */
export interface FinishedSelections {
  readonly path: string
  readonly rows: ReadonlyArray<RequestRow>
  readonly experts: number
  readonly topK: number
}

/**
 * The rows with what they repeat (`repeatedTokens`) and the groups that follow. Ids are read only of the chunks that hold a
 * request which may repeat another. Throws the file system's error, and `BadParquet` where a checksum differs.
 */
export const findRepeats = (
  { path, rows, experts, topK }: FinishedSelections,
  { files, repeats }: Beginnings
): { readonly rows: ReadonlyArray<RequestRow>; readonly remarks: ReadonlyArray<CountedRemark> } => {
  const requests = begun(rows)
  const each = (take: (hashes: Uint32Array) => void): void => {
    let from = 0
    for (const file of files) {
      const prefillTokens = requests.slice(from, from + file.requests).map((request) => request.prefillTokens)
      readPrefixes({ path: file.path, prefillTokens }, take)
      from += file.requests
    }
  }
  const possible = possibleRepeats(requests, each)
  if (possible.size === 0) return { rows, remarks: [] }
  const fd = fs.openSync(path, "r")
  try {
    const stored = { fd, groups: readGroups(fd), rows, experts, topK }
    return markRepeats(rows, settleRepeats(stored, possible), repeats)
  } finally {
    fs.closeSync(fd)
  }
}
