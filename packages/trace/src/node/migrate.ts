/** Rewrites a store of version 1, whose files nothing binds together, as one of this version. */
import { Count, Model, moeLayers } from "@moira/core"
import { Effect, Schema, Stream } from "effect"
import { parquetMetadata, parquetReadObjects } from "hyparquet"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Manifest, storeSchema } from "../manifest.ts"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { requestRow, type TraceRequest } from "../selections.ts"
import { StoreError } from "../store.ts"
import { corrupt } from "./corrupt.ts"
import { rawManifest } from "./kinds-of-store.ts"
import { byLayer } from "./parquet-store.ts"
import { readIds, readNumbers, readOldGroups, withChecksums } from "./parquet/file-reader.ts"
import type { Group } from "./parquet/group.ts"
import { unzstd } from "./parquet/zstd.ts"
import { writeStore } from "./store-writer.ts"

const oldVersion = 1

const OldManifest = Schema.Struct({
  schema: Schema.Literal(storeSchema),
  version: Schema.Literal(oldVersion),
  model: Model,
  layers: Schema.Array(Count),
  counts: Schema.Struct({ requests: Count, prefillTokens: Count, decodeTokens: Count, missingIds: Count }),
  origin: Schema.Struct({ format: Schema.String, options: Schema.Record(Schema.String, Schema.Json) }),
  requestsSha256: Schema.String
})

const OldRow = Schema.Struct({
  benchmark: Schema.String,
  subject: Schema.String,
  language: Schema.String,
  prefillTokens: Count,
  decodeTokens: Count,
  source: Schema.String,
  /** Of the source's bytes. */
  sha256: Schema.String
})
type OldRow = typeof OldRow.Type

/** Origin of requests that no file holds: what was their digest is not one of a file. */
const synthetic = "synthetic"

const remark = {
  kind: "note",
  what: "rewritten from a store of version 1, which did not know of conversations, prefix caches and drafts: rows that repeat an earlier request's were looked for, the phases are as that version took them"
} as const

/** Bytes of one page of the table of requests, as it says itself; it is bound by its digest, but its sizes bound memory. */
const mostPageBytes = 2 ** 26

const oldRequests = async (file: string, manifest: typeof OldManifest.Type): Promise<ReadonlyArray<OldRow>> => {
  const bytes = fs.readFileSync(file)
  if (hash("sha256", bytes) !== manifest.requestsSha256)
    throw new Error("it does not belong to this manifest: it was replaced, cut or changed after it was written")
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const rows = Number(parquetMetadata(buffer).num_rows)
  if (rows !== manifest.counts.requests)
    throw new BadParquet(`${rows} rows where the manifest says ${manifest.counts.requests} requests`)
  const compressors = {
    ZSTD: (input: Uint8Array, plainBytes: number) => {
      if (plainBytes > mostPageBytes) throw new BadParquet(`a page says that it holds ${plainBytes} bytes`)
      return unzstd(input, plainBytes, 0)
    }
  }
  const objects = await parquetReadObjects({ file: buffer, compressors })
  return Schema.decodeUnknownSync(Schema.Array(OldRow))(objects)
}

/** The layers of one chunk of requests, in the order of the layers. */
const chunksOf = (layers: ReadonlyArray<number>, found: ReadonlyMap<number, ReadonlyArray<Group>>) =>
  (found.get(layers[0]!) ?? []).map((first, c) =>
    layers.map((layer) => {
      const group = found.get(layer)?.[c]
      if (group === undefined || group.from !== first.from || group.to !== first.to)
        throw new BadParquet(`the footer cuts the requests of layer ${layer} otherwise than those of ${layers[0]}`)
      return group
    })
  )

/** Consecutive requests, and the groups of those that have rows; none where no request has. */
interface Part {
  readonly from: number
  readonly to: number
  readonly chunk: ReadonlyArray<Group>
}

/** All requests in order: those without tokens are in no group, and go with the next one that is. */
const partsOf = (chunks: ReadonlyArray<ReadonlyArray<Group>>, requests: number): ReadonlyArray<Part> => {
  const ends = chunks.map(([first]) => first!.to)
  const parts = chunks.map((chunk, c): Part => ({ from: c === 0 ? 0 : ends[c - 1]! + 1, to: ends[c]!, chunk }))
  const last = (ends.at(-1) ?? -1) + 1
  return last < requests ? [...parts, { from: last, to: requests - 1, chunk: [] }] : parts
}

/** The requests of one part, as their source gave them. Throws `BadParquet` where a page is not what the requests say. */
const readPart = (
  fd: number,
  { from, to, chunk }: Part,
  rows: ReadonlyArray<OldRow>,
  model: Model,
  files: boolean
): ReadonlyArray<TraceRequest> => {
  const tokens = rows.slice(from, to + 1).map((row) => row.prefillTokens + row.decodeTokens)
  const requests = tokens.map((n) => new Uint16Array(n * chunk.length * model.topK))
  chunk.forEach((old, index) => {
    const group = withChecksums(fd, old)
    if (readNumbers(fd, group, 0).some((layer) => layer !== group.layer))
      throw new BadParquet("a row is of another layer than its group", group.columns[0].offset)
    const ids = new Uint16Array(group.values)
    readIds(fd, group, model.experts, ids, 0)
    let at = 0
    tokens.forEach((n, r) => {
      requests[r]!.set(ids.subarray(at, at + n * model.topK), index * n * model.topK)
      at += n * model.topK
    })
  })
  return requests.map((ids, r): TraceRequest => {
    const { sha256, ...row } = rows[from + r]!
    return { ...row, ids, ...(files ? { sourceDigest: `sha256:${sha256}` } : {}), remarks: [remark] }
  })
}

/** Whether a directory holds a store of version 1, which {@link migrateStore} rewrites. */
export const isOldStore = (directory: string): boolean => {
  const manifest = rawManifest(directory)
  return manifest?.schema === storeSchema && manifest.version === oldVersion
}

/**
 * Rewrites a store of version 1 in its place and returns the new manifest; it stays as it was where any of it is wrong. What that
 * version did not know is said in a note of every request.
 */
export const migrateStore = Effect.fn("trace.migrateStore")(function* (
  directory: string
): Effect.fn.Return<Manifest, StoreError> {
  const read = Effect.gen(function* () {
    const place = (name: string) => path.join(directory, name)
    const [manifestFile, requestsFile, selectionsFile] = [
      "manifest.json",
      "requests.parquet",
      "selections.parquet"
    ].map(place) as [string, string, string]
    if (!isOldStore(directory))
      return yield* new StoreError({
        reason: "WrongVersion",
        where: directory,
        what: `not a store of version ${oldVersion}`,
        hint: "only such stores are rewritten; ingest others again"
      })
    const manifest = yield* Schema.decodeUnknownEffect(OldManifest)(rawManifest(directory)).pipe(
      Effect.mapError(corrupt(manifestFile))
    )
    const { model, layers, counts, origin } = manifest
    const rows = yield* Effect.tryPromise({
      try: () => oldRequests(requestsFile, manifest),
      catch: corrupt(requestsFile)
    })
    const fd = yield* Effect.acquireRelease(
      Effect.try({ try: () => fs.openSync(selectionsFile, "r"), catch: corrupt(selectionsFile) }),
      (opened) => Effect.sync(() => fs.closeSync(opened))
    )
    const chunks = yield* Effect.try({
      try: () => {
        if (String(moeLayers(model)) !== String(layers)) throw new Error("its layers are not those of its model")
        const plain = rows.map((row) => requestRow({ ...row, ids: new Uint16Array(0) }, ""))
        return chunksOf(layers, byLayer({ layers, model }, plain, readOldGroups(fd)))
      },
      catch: corrupt(selectionsFile)
    })
    const requests = Stream.fromIterable(partsOf(chunks, rows.length)).pipe(
      Stream.mapEffect((part) =>
        Effect.try({
          try: () => readPart(fd, part, rows, model, origin.format !== synthetic),
          catch: corrupt(selectionsFile)
        })
      ),
      Stream.flatMap((chunk) => Stream.fromIterable(chunk))
    )
    return yield* writeStore({ directory, model, origin, expected: counts.requests }, requests)
  })
  return yield* Effect.scoped(read)
})
