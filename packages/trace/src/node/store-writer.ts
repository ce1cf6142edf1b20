/** Writes a store directory from a stream, a chunk of requests at a time, in memory that does not grow with the trace. */
import { Effect, type Scope, Stream } from "effect"
import * as path from "node:path"
import { ChunkWriter } from "./chunk-writer.ts"
import type { Manifest } from "../manifest.ts"
import type { Origin } from "../memory-store.ts"
import { type Model, moeLayers, Progress } from "@moira/core"
import { SelectionsFile } from "./parquet/file-writer.ts"
import type { Repeats } from "./repeats/mark-repeats.ts"
import { PrefixWriter } from "./repeats/prefix-file.ts"
import type { TraceRequest } from "../selections.ts"
import type { StoreError } from "../store.ts"
import { finishStore } from "./store-files.ts"
import { notWritable, type WorkDirectory, workDirectory } from "./work-directory.ts"

export interface WriteOptions {
  readonly directory: string
  readonly model: Model
  readonly origin: Origin
  /** How many requests will come, where known, for progress. */
  readonly expected?: number
  /** What rows count that repeat those of an earlier request; once where left out. */
  readonly repeats?: Repeats
}

/** The hashes of how requests begin, in a file that goes with the scope. */
const openPrefixes = (place: string, directory: string, model: Model) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new PrefixWriter(place, moeLayers(model).length, model.topK),
      catch: notWritable(directory)
    }),
    (opened) => Effect.sync(() => opened.close())
  )

/** The selections of a new store, closed with the scope. */
export const openSelections = Effect.fnUntraced(function* (work: WorkDirectory, directory: string, model: Model) {
  return yield* Effect.acquireRelease(
    Effect.try({
      try: () => new SelectionsFile(path.join(work.store, "selections.parquet"), model),
      catch: notWritable(directory)
    }),
    (opened) => Effect.sync(() => opened.close())
  )
})

/**
 * Writes all requests of a stream and returns the manifest. The store appears whole under its name at the end;
 * on failure or interruption whatever was there before stays. Fails with `Busy` while another process writes it.
 */
export const writeStore = Effect.fn("trace.writeStore")(function* <E, R>(
  options: WriteOptions,
  requests: Stream.Stream<TraceRequest, E, R>
): Effect.fn.Return<Manifest, StoreError | E, Exclude<R, Scope.Scope>> {
  const { directory, model, origin } = options
  const failed = notWritable(directory)
  const write = Effect.gen(function* () {
    const work = yield* workDirectory(directory)
    const file = yield* openSelections(work, directory, model)
    // A name of what is left behind only where a run is killed.
    const place = path.join(work.segments, "beginnings.tmp")
    const prefixes = yield* openPrefixes(place, directory, model)
    const chunks = new ChunkWriter(model, file, prefixes)
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
    yield* Effect.try({
      try: () => {
        chunks.flush()
        prefixes.finish()
      },
      catch: failed
    })
    const { rows, missing, zero, remarks, counts } = chunks
    const beginnings = {
      files: [{ path: place, requests: rows.length }],
      repeats: options.repeats ?? "once"
    } as const
    const uncounted = rows.map((row) => row.repeatedTokens)
    const parts = { work, directory, model, origin, rows, missing, zero, remarks, counts, uncounted, file, beginnings }
    return yield* finishStore(parts)
  })
  return yield* Effect.scoped(write) as Effect.Effect<Manifest, StoreError | E, Exclude<R, Scope.Scope>>
})
