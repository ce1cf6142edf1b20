/** The files of a store beside its selections, and how a whole store is put in place. */
import { sealJson } from "@moira/core"
import { Effect, Schema } from "effect"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Manifest, manifestDigest } from "../manifest.ts"
import { makeManifest, type Origin } from "../memory-store.ts"
import { choosableIds, type Model } from "@moira/core"
import { manifestTasks, overviewColumns, overviewTable } from "../overview.ts"
import type { OverviewCounts } from "../overview-counts.ts"
import type { SelectionsFile } from "./parquet/file-writer.ts"
import { tableBytes } from "./parquet/table-writer.ts"
import { type CountedRemark, countRemarks } from "../remarks.ts"
import { type Beginnings, findRepeats } from "./repeats/find-repeats.ts"
import type { RequestRow } from "../requests.ts"
import { requestTable } from "./requests-table.ts"
import { StoreError } from "../store.ts"
import { uncountRepeats } from "./uncount-repeats.ts"
import { notWritable, type WorkDirectory } from "./work-directory.ts"

export interface WholeStore {
  readonly work: WorkDirectory
  readonly directory: string
  readonly model: Model
  readonly origin: Origin
  readonly rows: ReadonlyArray<RequestRow>
  readonly missing: number
  /** Ids that are choices of zero experts. */
  readonly zero: number
  readonly remarks: ReadonlyArray<CountedRemark>
  /** How often experts were chosen. */
  readonly counts: OverviewCounts
  /** Leading rows of each request that are not in `counts`; where more are repeated, the others are taken out of them. */
  readonly uncounted: ReadonlyArray<number>
  /** Holds all selections and is yet without its footer. */
  readonly file: SelectionsFile
  /** How the requests begin; left out where what they repeat is known. */
  readonly beginnings?: Beginnings
}

/** The requests, after those that repeat others were found among them. */
const withRepeats = ({ work, model, rows, remarks, beginnings }: WholeStore) => {
  if (beginnings === undefined) return { rows, remarks }
  const stored = {
    path: path.join(work.store, "selections.parquet"),
    rows,
    experts: choosableIds(model),
    topK: model.topK
  }
  const found = findRepeats(stored, beginnings)
  return { rows: found.rows, remarks: countRemarks([...remarks, ...found.remarks]) }
}

/** Writes what a store needs beside its selections, and puts it in place. Fails with `Empty` without requests. */
export const finishStore = Effect.fn("trace.finishStore")(function* (whole: WholeStore) {
  const { work, directory, model, origin, missing, zero, counts, uncounted, file } = whole
  if (whole.rows.length === 0) {
    return yield* new StoreError({
      reason: "Empty",
      where: directory,
      what: "there are no requests to store",
      hint: "check that the paths given hold traces"
    })
  }
  return yield* Effect.try({
    try: () => {
      file.finish()
      const { rows, remarks } = withRepeats(whole)
      uncountRepeats(path.join(work.store, "selections.parquet"), model, rows, uncounted, counts)
      const plain = makeManifest(model, rows, missing, origin, remarks, zero)
      const table = requestTable(rows)
      const tasks = manifestTasks(plain)
      const overview = tableBytes(
        overviewColumns,
        "gzip",
        overviewTable({ tasks, layers: plain.layers, ids: choosableIds(model), counts: counts.of(tasks) })
      )
      const manifest: Manifest = {
        ...plain,
        seals: {
          selections: { bytes: file.bytes, footerSha256: file.footerSha256 },
          requestsSha256: hash("sha256", table),
          overviewSha256: hash("sha256", overview)
        }
      }
      const save = (name: string, data: string | Uint8Array) =>
        fs.writeFileSync(path.join(work.store, name), data, { flush: true })
      save(plain.files.requests, table)
      save(plain.files.overview, overview)
      save("manifest.json", sealJson(Schema.encodeSync(Manifest)(manifest), manifestDigest))
      work.commit()
      return manifest
    },
    catch: notWritable(directory)
  })
})
