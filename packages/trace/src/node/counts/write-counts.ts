/** Writes a counts store, a workload at a time. */
import { Effect, Schema, type Scope, Stream } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { isDeepStrictEqual } from "node:util"
import { atomicDirectory } from "@moira/core/node"
import type { Origin } from "../../memory-store.ts"
import { given, Progress, version } from "@moira/core"
import { StoreError } from "../../store.ts"
import { countsFault, type ExpertCounts, summarizeCounts } from "../../counts/expert-counts.ts"
import { CountsManifest, countsSchema, countsVersion, type CountsWorkload } from "../../counts/manifest.ts"
import { CountsTable } from "./table.ts"

export interface WriteCountsOptions {
  readonly directory: string
  readonly origin: Origin
}

const notWritable = (directory: string) => (cause: unknown) =>
  cause instanceof StoreError
    ? cause
    : new StoreError({
        reason: "NotWritable",
        where: directory,
        what: `the counts store cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "nothing was changed; check the path, its permissions and the free space",
        cause
      })

const refused = (where: string, what: string) =>
  new StoreError({
    reason: "NotWritable",
    where,
    what,
    hint: "nothing was changed; give counts of one model at a time"
  })

const countsFile = "counts.parquet"

/** Whether a directory holds a counts store, whatever its state. */
export const isCountsStore = (directory: string): boolean => {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, "manifest.json"), "utf8"))?.schema === countsSchema
  } catch {
    return false
  }
}

/** Why a path may not be replaced: replacing removes all that it holds, such as a user's own files. */
const whyKept = (directory: string): string | undefined => {
  if (!fs.existsSync(directory)) return undefined
  if (!isCountsStore(directory)) return "exists and is not a Moira counts store"
  const known = new Set(["manifest.json", countsFile])
  const other = fs.readdirSync(directory).find((name) => !known.has(name) && !name.startsWith("."))
  return other === undefined ? undefined : `is a counts store that also holds ${other}, which would be lost`
}

/** Writes the workloads of one store; plain code that throws `StoreError` or the file system's error. */
const tableWriter = (file: string) => {
  const table = new CountsTable(file)
  const hash = createHash("sha256")
  const workloads: Array<CountsWorkload> = []
  let first: Pick<ExpertCounts, "layers" | "experts" | "workload" | "model"> | undefined
  const append = (counts: ExpertCounts): void => {
    const { workload, phase, steps, scale, layers, experts, model, source, sha256, notes } = counts
    const fault = countsFault(counts)
    if (fault !== undefined) throw refused(source, fault)
    if (workloads.some((other) => other.workload === workload))
      throw refused(source, `workload ${workload} comes twice`)
    first ??= { layers, experts, workload, ...given({ model }) }
    if (!isDeepStrictEqual(model, first.model))
      throw refused(
        source,
        `is of ${model?.id ?? "no known model"}, while ${first.workload} is of ${first.model?.id ?? "none"}`
      )
    if (experts !== first.experts || !isDeepStrictEqual(layers, first.layers))
      throw refused(
        source,
        `${layers.length} layers x ${experts} experts, where ${first.workload} has ${first.layers.length} x ${first.experts}`
      )
    hash.update(JSON.stringify([workload, phase, steps, layers, experts, ...(scale === undefined ? [] : [scale])]))
    hash.update(counts.counts)
    const rows = table.append(counts)
    const told = { workload, phase, steps, ...given({ scale }), ...summarizeCounts(counts) }
    workloads.push({ ...told, source, sha256, notes, rows })
  }
  return { table, workloads, append, first: () => first, digest: () => hash.digest("hex") }
}

/**
 * Writes all workloads of a stream and returns the manifest. The store appears whole under its name at the end; on
 * failure or interruption whatever was there before stays.
 */
export const writeCounts = Effect.fn("trace.writeCounts")(function* <E, R>(
  options: WriteCountsOptions,
  workloads: Stream.Stream<ExpertCounts, E, R>
): Effect.fn.Return<CountsManifest, StoreError | E, Exclude<R, Scope.Scope>> {
  const { directory, origin } = options
  const failed = notWritable(directory)
  const kept = whyKept(directory)
  if (kept !== undefined)
    return yield* new StoreError({
      reason: "NotWritable",
      where: directory,
      what: kept,
      hint: "choose another --out, or remove it yourself"
    })
  const write = Effect.gen(function* () {
    const place = yield* atomicDirectory(directory, failed)
    const file = path.join(place.path, countsFile)
    const writer = yield* Effect.try({ try: () => tableWriter(file), catch: failed })
    const report = yield* Progress
    yield* Stream.runForEach(workloads, (counts) =>
      Effect.try({
        try: () => {
          writer.append(counts)
          const done = writer.workloads.length
          report({ stage: "write counts", done, total: done, unit: "workloads" })
        },
        catch: failed
      })
    )
    const first = writer.first()
    if (first === undefined)
      return yield* new StoreError({
        reason: "Empty",
        where: directory,
        what: "there are no counts to store",
        hint: "check that the paths given hold counts"
      })
    return yield* Effect.try({
      try: () => {
        writer.table.finish()
        const { layers, experts, model } = first
        const manifest: CountsManifest = {
          schema: countsSchema,
          version: countsVersion,
          moira: version,
          ...given({ model }),
          layers,
          experts,
          workloads: writer.workloads,
          origin,
          contentSha256: writer.digest(),
          countsSha256: createHash("sha256").update(flushed(file)).digest("hex"),
          files: { counts: countsFile }
        }
        const text = `${JSON.stringify(Schema.encodeSync(CountsManifest)(manifest), null, 2)}\n`
        fs.writeFileSync(path.join(place.path, "manifest.json"), text, { flush: true })
        place.commit()
        return manifest
      },
      catch: failed
    })
  })
  return yield* Effect.scoped(write) as Effect.Effect<CountsManifest, StoreError | E, Exclude<R, Scope.Scope>>
})

/** The bytes of a file after they were forced to disk. */
const flushed = (file: string): Uint8Array => {
  const fd = fs.openSync(file, "r+")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  return fs.readFileSync(file)
}
