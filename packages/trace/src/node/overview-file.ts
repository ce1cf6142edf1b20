/** `overview.parquet` of a store on disk. */
import { Effect } from "effect"
import * as fs from "node:fs"
import type { Manifest } from "../manifest.ts"
import { type Overview, readOverview } from "../overview.ts"
import { maxTasks, type OverviewCounts } from "../overview-counts.ts"
import { traceKind } from "./kinds-of-store.ts"
import { placeOf } from "./put-in-place.ts"
import { corrupt } from "./corrupt.ts"

/** The overview of a store whose manifest was read. Fails with `Corrupt` where it is not the one written with it. */
export const openOverview = (directory: string, manifest: Manifest) => {
  const file = placeOf(directory, manifest.files.overview, traceKind)
  return Effect.tryPromise({ try: () => readOverview(manifest, fs.readFileSync(file)), catch: corrupt(file) })
}

/** Adds the counts of one store to those of another that is made of it. */
export const addOverview = (to: OverviewCounts, { tasks, counts }: Overview, manifest: Manifest): void => {
  const size = counts.length / tasks.length
  if (new Set(manifest.groups.map(({ benchmark }) => benchmark)).size > maxTasks) to.together()
  tasks.forEach((task, t) => to.addCounts(task, counts.subarray(t * size, (t + 1) * size)))
}
