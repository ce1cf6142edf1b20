/** Finds the trace files below the paths that a user gave. */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileProblem, IngestError } from "../fault/error.ts"

const notAFile = (file: string) =>
  new IngestError({
    reason: "Unreadable",
    where: file,
    what: "is neither a file nor a folder",
    hint: "give files or folders; copy a pipe or device to a file first"
  })

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** What a link leads to; undefined where it leads nowhere. */
const target = (file: string): fs.Stats | undefined => {
  try {
    return fs.statSync(file)
  } catch {
    return undefined
  }
}

/** Walks one folder. A real folder is entered once, so links in a circle end. */
const walk = (folder: string, wanted: (name: string) => boolean, entered: Set<string>, found: Array<string>): void => {
  const real = fs.realpathSync(folder)
  if (entered.has(real)) return
  entered.add(real)
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => byName(a.name, b.name))) {
    const file = path.join(folder, entry.name)
    const kind = entry.isSymbolicLink() ? target(file) : entry
    if (kind?.isDirectory()) walk(file, wanted, entered, found)
    else if (!wanted(entry.name)) continue
    else if (kind === undefined) fs.statSync(file)
    else if (kind.isFile()) found.push(file)
    else throw notAFile(file)
  }
}

const listSync = (paths: ReadonlyArray<string>, wanted: (name: string) => boolean): ReadonlyArray<string> => {
  const files = new Map<string, string>()
  const entered = new Set<string>()
  for (const given of paths) {
    const kind = fs.statSync(given)
    const found: Array<string> = []
    if (kind.isDirectory()) walk(given, wanted, entered, found)
    else if (kind.isFile()) found.push(path.normalize(given))
    else throw notAFile(given)
    for (const file of found) {
      const key = path.resolve(file)
      if (!files.has(key)) files.set(key, file)
    }
  }
  return [...files.values()]
}

/**
 * Files below `paths`, each once: those given by name whatever they are called, and those in folders whose name ends
 * in one of `endings`. Fails with `NotFound` for a path that is not there and `Empty` where there is nothing to read.
 */
export const listFiles = Effect.fn("ingest.listFiles")(function* (
  paths: ReadonlyArray<string>,
  endings: ReadonlyArray<string>
) {
  const wanted = (name: string) => endings.some((ending) => name.endsWith(ending))
  const all = paths.join(", ")
  const files = yield* Effect.try({
    try: () => listSync(paths, wanted),
    catch: (cause) => {
      const named = cause instanceof Error && "path" in cause && typeof cause.path === "string" ? cause.path : all
      return fileProblem(named)(cause)
    }
  })
  if (files.length > 0) return files
  return yield* new IngestError({
    reason: "Empty",
    where: all === "" ? "no path" : all,
    what: `holds no trace: no file whose name ends in ${endings.join(" or ")}`,
    hint: "give the folder of a model, benchmark or subject, or a file by name"
  })
})
