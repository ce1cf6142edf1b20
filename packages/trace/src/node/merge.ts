/** Makes one store of several, without decoding or compressing a selection again. */
import { Effect } from "effect"
import { isDeepStrictEqual } from "node:util"
import { copyGroups } from "./copy-groups.ts"
import type { Manifest } from "../manifest.ts"
import type { Origin } from "../memory-store.ts"
import { type Model, moeLayers, Progress } from "@moira/core"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { OverviewCounts } from "../overview-counts.ts"
import { addOverview, openOverview } from "./overview-file.ts"
import { corrupt } from "./corrupt.ts"
import { openParts } from "./parquet-store.ts"
import { countRemarks } from "../remarks.ts"
import { apartGroups } from "./repeats/group-name.ts"
import type { RequestRow } from "../requests.ts"
import { StoreError } from "../store.ts"
import { finishStore } from "./store-files.ts"
import { openSelections } from "./store-writer.ts"
import { notWritable, workDirectory } from "./work-directory.ts"

/** Groups that are copied before other fibers, such as an interrupt, have their turn. */
const groupsPerTurn = 256

/** Name of the origin of a store that was put together from others. */
const mergedFormat = "merged"

/** Where one part came from: of a merged store its parts, so that the order of merging leaves no trace. */
const partsOf = ({ origin, counts, contentSha256 }: Manifest): ReadonlyArray<Origin["options"]> =>
  origin.format === mergedFormat && Array.isArray(origin.options.stores)
    ? origin.options.stores
    : [{ format: origin.format, options: origin.options, requests: counts.requests, contentSha256 }]

const checkModel = Effect.fnUntraced(function* (first: Model, model: Model, where: string, firstPlace: string) {
  if (isDeepStrictEqual(first, model)) return
  const what =
    first.id === model.id
      ? `is of ${model.id} with other facts than in ${firstPlace}`
      : `is of ${model.id}, while ${firstPlace} is of ${first.id}`
  yield* new StoreError({
    reason: "OtherModel",
    where,
    what,
    hint: "only stores of the same model can be merged"
  })
})

/**
 * Writes a store with the requests of all `directories`, in that order, and returns its manifest. The same stores give
 * the same bytes. Groups of one name stay apart unless they hold the same; what requests repeat is not looked for across stores. `out` may be one of them; it is replaced at the end. Memory does not grow with the selections.
 */
export const mergeStores = Effect.fn("trace.mergeStores")(function* (directories: ReadonlyArray<string>, out: string) {
  const work = yield* workDirectory(out)
  // All are looked at before anything is written: errors come at once.
  const parts = yield* Effect.forEach(directories, (directory) => openParts(directory))
  const [first] = parts
  if (first === undefined) {
    return yield* new StoreError({
      reason: "Empty",
      where: out,
      what: "no store to merge",
      hint: "name the stores whose requests it shall hold"
    })
  }
  const { model } = first.manifest
  for (const [i, { manifest }] of parts.entries())
    yield* checkModel(model, manifest.model, directories[i]!, directories[0]!)
  const file = yield* openSelections(work, out, model)
  const report = yield* Progress
  const total = parts.reduce((sum, { groups }) => sum + groups.length, 0)
  const rows: Array<RequestRow> = []
  const counts = new OverviewCounts(model, moeLayers(model).length)
  let done = 0
  for (const part of parts) {
    const shift = rows.length
    for (let from = 0; from < part.groups.length; from += groupsPerTurn) {
      const to = Math.min(part.groups.length, from + groupsPerTurn)
      const stored = { fd: part.fd, groups: part.groups, rows: part.requests }
      yield* Effect.try({
        try: () => copyGroups(file, stored, shift, from, to),
        catch: (cause) => (cause instanceof BadParquet ? corrupt(part.file)(cause) : notWritable(out)(cause))
      })
      done += to - from
      report({ stage: "merge", done, total, unit: "row groups" })
      yield* Effect.yieldNow
    }
    addOverview(counts, yield* openOverview(part.directory, part.manifest), part.manifest)
    for (const row of apartGroups(part.requests)) rows.push(row)
  }
  const stores = parts.flatMap(({ manifest }) => partsOf(manifest))
  const missing = parts.reduce((sum, { manifest }) => sum + manifest.counts.missingIds, 0)
  const zero = parts.reduce((sum, { manifest }) => sum + (manifest.counts.zeroIds ?? 0), 0)
  const remarks = countRemarks(parts.flatMap(({ manifest }) => manifest.remarks))
  const origin = { format: mergedFormat, options: { stores } } as Origin
  const uncounted = rows.map((row) => row.repeatedTokens)
  const whole = { work, directory: out, model, origin, rows, missing, zero, remarks, counts, uncounted, file }
  return yield* finishStore(whole)
}, Effect.scoped)
