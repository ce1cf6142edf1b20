/** Reads a counts store. */
import { given } from "@moira/core"
import { Effect } from "effect"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { isDeepStrictEqual } from "node:util"
import { StoreError } from "../../store.ts"
import { countsFault, type ExpertCounts, maxCells, summarizeCounts } from "../../counts/expert-counts.ts"
import type { CountsReader } from "../../counts/counts-reader.ts"
import { CountsManifest, countsSchema, countsVersion, type CountsWorkload } from "../../counts/manifest.ts"
import type { TableGroup } from "../../parquet/table.ts"
import { countsKind } from "../kinds-of-store.ts"
import { placeOf } from "../put-in-place.ts"
import { decodeManifest, readSealed } from "../read-sealed.ts"
import { openCountsTable, readTable } from "./table.ts"

const corrupt = (where: string) => (cause: unknown) =>
  new StoreError({
    reason: "Corrupt",
    where,
    what: cause instanceof Error ? cause.message.replaceAll(/\s*\n\s*/g, " ") : String(cause),
    hint: "ingest the counts again, or restore the store from a copy",
    cause
  })

const readManifest = Effect.fnUntraced(function* (directory: string) {
  const file = path.join(directory, "manifest.json")
  if (!fs.existsSync(file))
    return yield* new StoreError({
      reason: fs.existsSync(directory) ? "NotAStore" : "NotFound",
      where: directory,
      what: fs.existsSync(directory) ? "not a counts store: it has no manifest.json" : "no such counts store",
      hint: "make one with `moira ingest` from the counts of a serving engine"
    })
  const json = yield* readSealed(file, corrupt(file), countsSchema, countsVersion)
  if (json.schema !== countsSchema)
    return yield* new StoreError({
      reason: "NotAStore",
      where: file,
      what: `not the manifest of a counts store: its schema is ${JSON.stringify(json.schema) ?? "missing"}`,
      hint: "give the directory that `moira ingest` wrote from counts"
    })
  if (json.version !== countsVersion)
    return yield* new StoreError({
      reason: "WrongVersion",
      where: file,
      what: `counts store version ${JSON.stringify(json.version)}, this Moira reads version ${countsVersion}`,
      hint: "ingest the counts again with this Moira, or use the Moira that wrote it"
    })
  return yield* decodeManifest(CountsManifest)(json).pipe(Effect.mapError(corrupt(file)))
})

/** The counts of one workload from its rows; throws where rows, shape or summary contradict each other. */
const decodeWorkload = (
  manifest: CountsManifest,
  entry: CountsWorkload,
  table: ReadonlyMap<number, TableGroup>
): ExpertCounts => {
  const { layers, experts, model } = manifest
  const { workload, phase, steps, scale, rows, source, sha256, notes } = entry
  const cells = steps * layers.length * experts
  if (cells > maxCells || rows.count > cells) throw new Error(`the manifest gives ${workload} an impossible size`)
  const counts = new Float64Array(cells)
  const place = new Map(layers.map((layer, l) => [layer, l]))
  let last = -1
  let seen = 0
  readTable(table, rows.from, rows.count, (label, step, layer, expert, count) => {
    const at = (step * layers.length + (place.get(layer) ?? Number.NaN)) * experts + expert
    if (label !== workload || expert < 0 || expert >= experts || !(at > last && at < cells) || !(count > 0))
      throw new Error(`row ${rows.from + seen} of the table is not of ${workload} or out of place`)
    counts[at] = count
    last = at
    seen++
  })
  if (seen !== rows.count) throw new Error(`${seen} rows of ${workload}, the manifest says ${rows.count}`)
  const own = given({ model, scale })
  const found: ExpertCounts = { workload, phase, ...own, layers, experts, steps, counts, source, sha256, notes }
  const fault = countsFault(found)
  if (fault !== undefined) throw new Error(fault)
  const { selections, layerSelections, emptyLayers, skew } = entry
  if (!isDeepStrictEqual(summarizeCounts(found), { selections, layerSelections, emptyLayers, skew }))
    throw new Error(`what the manifest says of ${workload} does not follow from its counts`)
  return found
}

/** Opens a counts store: its table is compared with the manifest's hash before anything is decoded. */
export const openCounts = Effect.fn("trace.openCounts")(function* (directory: string) {
  const manifest = yield* readManifest(directory)
  const file = placeOf(directory, manifest.files.counts, countsKind)
  const table = yield* Effect.try({
    try: () => {
      const bytes = fs.readFileSync(file)
      if (hash("sha256", bytes) !== manifest.countsSha256)
        throw new Error("it does not belong to this manifest: it was replaced, cut or changed after it was written")
      return openCountsTable(bytes)
    },
    catch: corrupt(file)
  })
  const reader: CountsReader = {
    manifest,
    read: Effect.fnUntraced(function* (workload) {
      const entry = manifest.workloads.find((one) => one.workload === workload)
      if (entry === undefined)
        return yield* new StoreError({
          reason: "NoSuchRequests",
          where: `${directory}, workload ${workload}`,
          what: "no such workload",
          hint: `the store holds ${manifest.workloads.map((one) => one.workload).join(", ")}`
        })
      return yield* Effect.try({ try: () => decodeWorkload(manifest, entry, table), catch: corrupt(file) })
    })
  }
  return reader
})
