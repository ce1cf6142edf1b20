/**
 * The directory beside a store in which its successor is made: one name for each store, so that a second writer is
 * noticed and a later run finds what an earlier one left.
 */
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeDirectory, releaseLock, takeLock } from "@moira/core/node"
import { isStoreOf, type StoreKind, traceKind } from "./kinds-of-store.ts"
import { finishReplacing, nextName, putInPlace } from "./put-in-place.ts"
import { Contradiction } from "./request-check.ts"
import { StoreError } from "../store.ts"

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

/** A failure to write as the store's error; a store's error stays what it is. */
export const notWritable =
  (directory: string) =>
  (cause: unknown): StoreError => {
    if (cause instanceof StoreError) return cause
    if (cause instanceof Contradiction) {
      return new StoreError({
        reason: "NotWritable",
        where: cause.where,
        what: cause.message,
        hint: "nothing was changed; check that the model named is the one that made this trace"
      })
    }
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
    return new StoreError({
      reason: "NotWritable",
      where: directory,
      what: `the store cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: full.has(code)
        ? "nothing was changed; make room and run the same command again"
        : "nothing was changed; check the path, its permissions and the free space",
      cause
    })
  }

/** Why a path may not be replaced: replacing removes all that it holds, such as a user's own files. */
const whyKept = (directory: string, kind: StoreKind): string | undefined => {
  const { title, names } = kind
  if (!fs.existsSync(directory)) return undefined
  if (fs.statSync(directory).isDirectory() && fs.readdirSync(directory).length === 0) return undefined
  // Other programs write a `manifest.json` too: only one that names our schema makes a directory a store.
  if (!isStoreOf(directory, kind)) return `exists and is not ${title}`
  const own = new Set(["manifest.json", ...names, ...names.map(nextName)])
  const other = fs.readdirSync(directory).find((name) => !own.has(name) && !name.startsWith("."))
  return other === undefined ? undefined : `is ${title} that also holds ${other}, which would be lost`
}

const mayReplace = (directory: string, kind: StoreKind): void => {
  const what = whyKept(directory, kind)
  if (what === undefined) return
  throw new StoreError({
    reason: "NotWritable",
    where: directory,
    what,
    hint: "choose another --out, or remove it yourself"
  })
}

export interface WorkDirectory {
  /** Where the files of the new store are written. */
  readonly store: string
  /** Where finished parts are kept until the store is whole, also by later runs. */
  readonly segments: string
  /** Puts the new store in place of the target, replacing what was there. */
  readonly commit: () => void
}

const placesIn = (work: string) => ({
  lock: path.join(work, "lock"),
  store: path.join(work, "store"),
  old: path.join(work, "old"),
  segments: path.join(work, "segments")
})

/** Name of the work directory of a store. */
export const workPath = (target: string): string => {
  const whole = path.resolve(target)
  return path.join(path.dirname(whole), `.${path.basename(whole)}.tmp`)
}

const busy = (target: string, lock: string, pid: number, host: string) =>
  new StoreError({
    reason: "Busy",
    where: target,
    what: `process ${pid} on ${host} is writing this store`,
    hint: `wait until it is done, or choose another --out; if there is no such process, remove ${lock}`
  })

/** Locks the work directory. Its last owner may remove it between the two steps: then both are done again. */
const lockWork = (target: string, work: string): void => {
  const { lock } = placesIn(work)
  for (let tries = 0; ; tries++) {
    makeDirectory(work)
    try {
      const holder = takeLock(lock)
      if (holder === undefined) return
      throw busy(target, lock, holder.pid, holder.host)
    } catch (cause) {
      if (cause instanceof StoreError || fs.existsSync(work) || tries > 8) throw cause
    }
  }
}

const remove = (place: string): void => fs.rmSync(place, { recursive: true, force: true })

const removeUnfinished = (segments: string): void => {
  for (const name of fs.readdirSync(segments)) if (name.endsWith(".tmp")) remove(path.join(segments, name))
}

/** Puts right what a run that was killed left: an old store half-way out or half-way replaced, files half-written. */
const recover = (target: string, work: string, kind: StoreKind): void => {
  const { store, old, segments } = placesIn(work)
  if (fs.existsSync(old) && !fs.existsSync(target)) fs.renameSync(old, target)
  remove(old)
  if (isStoreOf(target, kind)) finishReplacing(target, kind)
  remove(store)
  fs.mkdirSync(store)
  makeDirectory(segments)
  removeUnfinished(segments)
  // What takers of the lock that were killed left; one that is at it right now finds its file gone and the lock taken.
  for (const name of fs.readdirSync(work)) if (name.startsWith("lock.")) remove(path.join(work, name))
}

/** Frees the lock, and removes all but finished parts. */
const leave = (work: string): void => {
  const { lock, store, segments } = placesIn(work)
  remove(store)
  if (fs.existsSync(segments)) {
    removeUnfinished(segments)
    if (fs.readdirSync(segments).length === 0) remove(segments)
  }
  releaseLock(lock)
  try {
    fs.rmdirSync(work)
  } catch {
    // It holds finished parts, or the next writer has locked it already.
  }
}

const acquire = (target: string, work: string, kind: StoreKind): WorkDirectory => {
  const { store, segments } = placesIn(work)
  lockWork(target, work)
  try {
    recover(target, work, kind)
    mayReplace(target, kind)
  } catch (cause) {
    leave(work)
    throw cause
  }
  const commit = () => {
    mayReplace(target, kind)
    putInPlace(store, path.resolve(target), kind)
    remove(segments)
  }
  return { store, segments, commit }
}

/**
 * Takes the work directory of `target` until the scope closes; whatever was at `target` stays until `commit`. Fails
 * with `Busy` while another process has it, and with `NotWritable` where the target may not or cannot be replaced.
 */
export const workDirectory = (
  target: string,
  kind: StoreKind = traceKind
): Effect.Effect<WorkDirectory, StoreError, Scope.Scope> => {
  const work = workPath(target)
  return Effect.acquireRelease(Effect.try({ try: () => acquire(target, work, kind), catch: notWritable(target) }), () =>
    Effect.sync(() => leave(work))
  )
}
