/** The files of a store beside its selections, and how a whole store is put in place. */
import { Effect, Schema } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Manifest } from "../manifest.ts"
import { makeManifest, type Origin } from "../memory-store.ts"
import { choosableIds, type Model } from "@moira/core"
import type { SelectionsFile } from "./parquet/file-writer.ts"
import { zstdCompressors } from "./parquet/zstd.ts"
import { type CountedRemark, countRemarks } from "../remarks.ts"
import { type Beginnings, findRepeats } from "./repeats/find-repeats.ts"
import type { RequestRow } from "../requests.ts"
import { StoreError } from "../store.ts"
import { notWritable, type WorkDirectory } from "./work-directory.ts"

const encodeRequests = (rows: ReadonlyArray<RequestRow>): Uint8Array => {
  const text = (name: keyof RequestRow) => ({ name, type: "STRING", data: rows.map((row) => row[name]) }) as const
  const count = (name: keyof RequestRow) => ({ name, type: "INT32", data: rows.map((row) => row[name]) }) as const
  const buffer = parquetWriteBuffer({
    codec: "ZSTD",
    compressors: zstdCompressors,
    columnData: [
      text("benchmark"),
      text("subject"),
      text("language"),
      count("prefillTokens"),
      count("decodeTokens"),
      count("repeatedTokens"),
      count("cachedTokens"),
      text("runs"),
      text("group"),
      text("source"),
      text("sourceDigest"),
      text("sha256")
    ]
  })
  return new Uint8Array(buffer)
}

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
  const { work, directory, model, origin, missing, zero, file } = whole
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
      const table = encodeRequests(rows)
      const requestsSha256 = createHash("sha256").update(table).digest("hex")
      const manifest = { ...makeManifest(model, rows, missing, origin, remarks, zero), requestsSha256 }
      const save = (name: string, data: string | Uint8Array) =>
        fs.writeFileSync(path.join(work.store, name), data, { flush: true })
      save(manifest.files.requests, table)
      save("manifest.json", `${JSON.stringify(Schema.encodeSync(Manifest)(manifest), null, 2)}\n`)
      work.commit()
      return manifest
    },
    catch: notWritable(directory)
  })
})
