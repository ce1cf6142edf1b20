/** Counts of one workload out of a counts store in a folder. */
import { isCountsStore, openCounts } from "@moira/trace/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { countsInputOf } from "../analyse/analyse-counts.ts"
import type { CountsAsked, FoundCounts } from "../experiment/inputs.ts"
import { PlaceError } from "../place/traffic.ts"

/** The workload that is meant: the named one, or the only one. */
const pick = (where: string, names: ReadonlyArray<string>, asked: string | undefined) => {
  const [only, more] = names
  const name = asked ?? (more === undefined ? only : undefined)
  if (name !== undefined && names.includes(name)) return Effect.succeed(name)
  const what = asked === undefined ? `${names.length} workloads, and one places` : `no workload ${asked}`
  const hint = `name one with --workload: ${names.join(", ")}`
  return Effect.fail(new PlaceError({ reason: "BadOption", where, what, hint }))
}

/** `where` is what messages call the store in `folder`. */
export const countsOfStore = Effect.fnUntraced(function* (folder: string, where: string, asked: CountsAsked) {
  const { manifest, read } = yield* openCounts(folder)
  const names = manifest.workloads.map(({ workload }) => workload)
  const counts = yield* read(yield* pick(where, names, asked.workload))
  return { where, counts, input: { ...countsInputOf(manifest), workloads: 1 } } satisfies FoundCounts
})

/** What a path leads to: a store of traces or of counts, something else, or nothing. */
export const whatIsAt = (where: string): "trace" | "counts" | "other" | undefined => {
  if (isCountsStore(where)) return "counts"
  if (fs.existsSync(path.join(where, "manifest.json"))) return "trace"
  return fs.existsSync(where) ? "other" : undefined
}
