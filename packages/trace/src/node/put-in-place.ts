/**
 * Puts a finished store in place of an old one so that a reader finds the old or the new one at any time, and so that
 * a kill at any step leaves one of them whole. Names of directories cannot be exchanged at once, so the new tables first
 * get other names beside the old ones; the new manifest, renamed over the old one, is the step that counts. What is still
 * under the other name then is found there, by its digest, until the last renames are done.
 */
import { flushDirectory } from "@moira/core/thread"
import * as fs from "node:fs"
import * as path from "node:path"
import { StoreError } from "../store.ts"

/** The name of a table beside one that it replaces: `selections.next.parquet`. */
export const nextName = (name: string): string => name.replace(/(?=\.[^.]*$)/, ".next")

/** What a store consists of beside its manifest, and which bytes the manifest there says that these have. */
export interface StoreFiles {
  readonly names: ReadonlyArray<string>
  /** Whether a file is the one that the manifest in `directory` speaks of. */
  readonly belongs: (directory: string, name: string, file: string) => boolean
}

const manifestName = "manifest.json"

/** Finishes what a writer that was killed has begun: new tables get their names, or go where their manifest never came. */
export const finishReplacing = (directory: string, { names, belongs }: StoreFiles): void => {
  for (const name of names) {
    const next = path.join(directory, nextName(name))
    if (!fs.existsSync(next)) continue
    if (belongs(directory, name, next)) fs.renameSync(next, path.join(directory, name))
    else fs.rmSync(next, { force: true })
  }
}

/** Flushes after the new store was put in place: a failure leaves nothing to take back. */
const flushPlaced = (directory: string, target: string): void => {
  try {
    flushDirectory(directory)
  } catch (cause) {
    throw new StoreError({
      reason: "NotWritable",
      where: target,
      what: cause instanceof Error ? cause.message : String(cause),
      hint: "the new store is in place, but may not outlast a loss of power; check the disk and write it again",
      cause
    })
  }
}

/** A failure before anything is in place leaves the old store as it was. */
const stageBeside = (staged: string, target: string, names: ReadonlyArray<string>): void => {
  try {
    for (const name of names) fs.renameSync(path.join(staged, name), path.join(target, nextName(name)))
    flushDirectory(target)
  } catch (cause) {
    for (const name of names) fs.rmSync(path.join(target, nextName(name)), { force: true })
    throw cause
  }
}

/** Puts the files of `staged` in place as `target`, which is a store, an empty directory, or not there. */
export const putInPlace = (staged: string, target: string, { names }: StoreFiles): void => {
  flushDirectory(staged)
  if (!fs.existsSync(path.join(target, manifestName))) {
    // Nothing to lose: an empty directory goes, and the finished one takes its name at once.
    if (fs.existsSync(target)) fs.rmdirSync(target)
    fs.renameSync(staged, target)
    flushPlaced(path.dirname(target), target)
    return
  }
  stageBeside(staged, target, names)
  fs.renameSync(path.join(staged, manifestName), path.join(target, manifestName))
  flushPlaced(target, target)
  for (const name of names) fs.renameSync(path.join(target, nextName(name)), path.join(target, name))
  flushPlaced(target, target)
}

/** Where a table of a store is: under its own name or, while a store is replaced, under the other one. */
export const placeOf = (directory: string, name: string, files: StoreFiles): string => {
  const file = path.join(directory, name)
  const next = path.join(directory, nextName(name))
  return fs.existsSync(next) && !files.belongs(directory, name, file) && files.belongs(directory, name, next)
    ? next
    : file
}
