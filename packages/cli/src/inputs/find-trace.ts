/** The trace that a result was made of, found by its content: among folders near the user and the result, or made again. */
import { type DescribedTrace, ExperimentError, type TraceSource } from "@moira/pipeline"
import { whatIsAt } from "@moira/pipeline/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

/** Folders below a place that are looked into. */
const depth = 2

/** Folders that are looked into at most, so that a search from a home folder ends. */
const maxFolders = 4000

const foldersIn = (folder: string): ReadonlyArray<string> => {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .map(({ name }) => path.join(folder, name))
  } catch {
    return []
  }
}

/** Content of a store, as its manifest tells it. */
const contentAt = (folder: string): unknown => {
  try {
    return (JSON.parse(fs.readFileSync(path.join(folder, "manifest.json"), "utf8")) as { contentSha256?: unknown })
      .contentSha256
  } catch {
    return undefined
  }
}

/** Where a search begins: where the user is, where the result lies, and two folders above it; never at a root. */
const startsFrom = (result: string): ReadonlyArray<string> => {
  const folder = path.dirname(path.resolve(result))
  const starts = [process.cwd(), folder, path.dirname(folder), path.dirname(path.dirname(folder))]
  return [...new Set(starts)].filter((start) => path.dirname(start) !== start)
}

/** A store near the result whose content is the asked one. */
const search = (result: string, contentSha256: string): string | undefined => {
  const seen = new Set<string>()
  let level = startsFrom(result)
  for (let below = 0; below <= depth; below++) {
    const next: Array<string> = []
    for (const folder of level) {
      if (seen.has(folder) || seen.size >= maxFolders) continue
      seen.add(folder)
      if (contentAt(folder) === contentSha256) return folder
      next.push(...foldersIn(folder))
    }
    level = next
  }
  return undefined
}

/** The trace of a result: what the user names, else a store of that content, else its twin made again. */
export const findTrace =
  (result: string, asked: string | undefined) =>
  ({ contentSha256, twin }: DescribedTrace): Effect.Effect<TraceSource, ExperimentError> => {
    if (asked !== undefined) {
      const file = path.resolve(asked)
      const what = whatIsAt(file)
      return Effect.succeed(what === "trace" || what === "counts" ? { store: file } : { counts: file })
    }
    const found = search(result, contentSha256)
    if (found !== undefined) return Effect.succeed({ store: found })
    if (twin !== undefined) return Effect.succeed({ twin })
    return Effect.fail(
      new ExperimentError({
        reason: "NotReadable",
        where: result,
        what: `no store with the content ${contentSha256} lies here or near the result`,
        hint: "name the trace or the counts with --trace"
      })
    )
  }
