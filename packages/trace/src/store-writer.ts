/** Writes a store directory, a chunk of requests at a time, in memory that does not grow with the trace. */
import { Effect, Schema, type Scope, Stream } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { atomicDirectory } from "./atomic.ts"
import { Manifest, storeSchema } from "./manifest.ts"
import { makeManifest, type Origin, requestRow } from "./memory-store.ts"
import { type Model, moeLayers } from "./model.ts"
import { chunkRows, SelectionsFile } from "./parquet/file-writer.ts"
import { zstdCompressors } from "./parquet/zstd.ts"
import { Progress } from "./progress.ts"
import { countHoles } from "./request-check.ts"
import type { RequestRow } from "./requests.ts"
import { missingExpert, type TraceRequest } from "./selections.ts"
import { StoreError } from "./store.ts"

/** Requests of one row group, and the ids after which a chunk is cut earlier. */
const chunkRequests = 64
const chunkIds = 32_000_000

const notWritable = (directory: string) => (cause: unknown) =>
  cause instanceof StoreError
    ? cause
    : new StoreError({
        reason: "NotWritable",
        where: directory,
        what: `the store cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "nothing was changed; check the path, its permissions and the free space",
        cause
      })

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
      text("source"),
      text("sha256")
    ]
  })
  return new Uint8Array(buffer)
}

/** Writes the chunks of one store; plain code, so that encoding runs without an Effect per request. */
const chunkWriter = (model: Model, file: SelectionsFile) => {
  const layers = moeLayers(model)
  const rows: Array<RequestRow> = []
  let pending: Array<TraceRequest> = []
  let pendingIds = 0
  let pendingMissing = 0
  let missing = 0
  const flush = (): void => {
    const lengths = pending.map((request) => request.prefillTokens + request.decodeTokens)
    const shared = chunkRows(rows.length - pending.length, lengths, model.topK)
    const ids = new Uint16Array(shared.rows * model.topK)
    layers.forEach((layer, index) => {
      let at = 0
      pending.forEach((request, r) => {
        const size = lengths[r]! * model.topK
        ids.set(request.ids.subarray(index * size, (index + 1) * size), at)
        at += size
      })
      file.append(layer, shared, ids, pendingMissing > 0 && ids.includes(missingExpert))
    })
    pending = []
    pendingIds = 0
    pendingMissing = 0
  }
  return {
    rows,
    missing: () => missing,
    flush: () => pending.length > 0 && flush(),
    append: (request: TraceRequest): void => {
      const holes = countHoles(request, model, layers)
      rows.push(requestRow(request))
      missing += holes
      pendingMissing += holes
      pending.push(request)
      pendingIds += request.ids.length
      if (pending.length === chunkRequests || pendingIds >= chunkIds) flush()
    }
  }
}

/** Other programs write a `manifest.json` too: only one that names our schema makes a directory a store. */
const isStore = (directory: string): boolean => {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, "manifest.json"), "utf8"))?.schema === storeSchema
  } catch {
    return false
  }
}

const storeFiles = new Set(["manifest.json", "requests.parquet", "selections.parquet"])

/** Why a path may not be replaced: replacing removes all that it holds, such as a user's own files. */
const whyKept = (directory: string): string | undefined => {
  if (!fs.existsSync(directory)) return undefined
  if (!isStore(directory)) return "exists and is not a Moira store"
  const other = fs.readdirSync(directory).find((name) => !storeFiles.has(name) && !name.startsWith("."))
  return other === undefined ? undefined : `is a Moira store that also holds ${other}, which would be lost`
}

const mayReplace = Effect.fnUntraced(function* (directory: string) {
  const what = whyKept(directory)
  if (what === undefined) return
  yield* new StoreError({
    reason: "NotWritable",
    where: directory,
    what,
    hint: "choose another --out, or remove it yourself"
  })
})

export interface WriteOptions {
  readonly directory: string
  readonly model: Model
  readonly origin: Origin
  /** How many requests will come, where known, for progress. */
  readonly expected?: number
}

/**
 * Writes all requests of a stream and returns the manifest. The store appears whole under its name at the end;
 * on failure or interruption whatever was there before stays.
 */
export const writeStore = Effect.fn("trace.writeStore")(function* <E, R>(
  options: WriteOptions,
  requests: Stream.Stream<TraceRequest, E, R>
): Effect.fn.Return<Manifest, StoreError | E, Exclude<R, Scope.Scope>> {
  const { directory, model, origin } = options
  const failed = notWritable(directory)
  yield* mayReplace(directory)
  const write = Effect.gen(function* () {
    const place = yield* atomicDirectory(directory, failed)
    const file = yield* Effect.acquireRelease(
      Effect.try({ try: () => new SelectionsFile(path.join(place.path, "selections.parquet"), model), catch: failed }),
      (opened) => Effect.sync(() => opened.close())
    )
    const chunks = chunkWriter(model, file)
    const report = yield* Progress
    yield* Stream.runForEach(requests, (request) =>
      Effect.try({
        try: () => {
          chunks.append(request)
          const done = chunks.rows.length
          report({ stage: "write store", done, total: options.expected ?? done, unit: "requests" })
        },
        catch: failed
      })
    )
    if (chunks.rows.length === 0) {
      return yield* new StoreError({
        reason: "Empty",
        where: directory,
        what: "there are no requests to store",
        hint: "check that the paths given hold traces"
      })
    }
    return yield* Effect.try({
      try: () => {
        chunks.flush()
        file.finish()
        const table = encodeRequests(chunks.rows)
        const requestsSha256 = createHash("sha256").update(table).digest("hex")
        const manifest = { ...makeManifest(model, chunks.rows, chunks.missing(), origin), requestsSha256 }
        const save = (name: string, data: string | Uint8Array) =>
          fs.writeFileSync(path.join(place.path, name), data, { flush: true })
        save(manifest.files.requests, table)
        save("manifest.json", `${JSON.stringify(Schema.encodeSync(Manifest)(manifest), null, 2)}\n`)
        place.commit()
        return manifest
      },
      catch: failed
    })
  })
  return yield* Effect.scoped(write) as Effect.Effect<Manifest, StoreError | E, Exclude<R, Scope.Scope>>
})
