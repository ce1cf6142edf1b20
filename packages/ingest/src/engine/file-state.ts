/** The state of a file, for noticing that it changed. */
import * as fs from "node:fs"
import type { FileState } from "./job.ts"

/** Throws the file system's error. */
export const stateOf = (path: string): FileState => {
  const { size, mtimeNs, ctimeNs } = fs.statSync(path, { bigint: true })
  return { path, size: Number(size), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs) }
}

/** The first of some files that is no longer in the state given. Throws the file system's error. */
export const changedFile = (states: ReadonlyArray<FileState>): string | undefined =>
  states.find((was) => {
    const now = stateOf(was.path)
    return now.size !== was.size || now.mtimeNs !== was.mtimeNs || now.ctimeNs !== was.ctimeNs
  })?.path
