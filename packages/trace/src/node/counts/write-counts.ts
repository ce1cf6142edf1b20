/** Writes a counts store, a workload at a time. */
import { Effect, Schema, type Scope, Stream } from "effect"
import { createHash, type Hash, hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Origin } from "../../memory-store.ts"
import { given, Progress, sealJson, version } from "@moira/core"
import { StoreError } from "../../store.ts"
import { countsFault, type ExpertCounts, summarizeCounts } from "../../counts/expert-counts.ts"
import { CountsManifest, countsSchema, countsVersion, type CountsWorkload } from "../../counts/manifest.ts"
import { manifestDigest } from "../../manifest.ts"
import { countsKind, isStoreOf } from "../kinds-of-store.ts"
import { workDirectory } from "../work-directory.ts"
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
export const isCountsStore = (directory: string): boolean => isStoreOf(directory, countsKind)

/** Adds shape, labels and counts of a workload to the hash over the content of a store. */
export const addContent = (
  to: Hash,
  { workload, phase, steps, layers, experts, scale, counts }: ExpertCounts
): void => {
  to.update(JSON.stringify([workload, phase, steps, layers, experts, ...(scale === undefined ? [] : [scale])]))
  to.update(counts)
}

/** Writes the workloads of one store; plain code that throws `StoreError` or the file system's error. */
const tableWriter = (file: string) => {
  const table = new CountsTable(file)
  const content = createHash("sha256")
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
    addContent(content, counts)
    const rows = table.append(counts)
    const told = { workload, phase, steps, ...given({ scale }), ...summarizeCounts(counts) }
    workloads.push({ ...told, source, sha256, notes, rows })
  }
  return { table, workloads, append, first: () => first, digest: () => content.digest("hex") }
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
  const write = Effect.gen(function* () {
    const work = yield* workDirectory(directory, countsKind)
    const file = path.join(work.store, countsFile)
    const writer = yield* Effect.acquireRelease(
      Effect.try({ try: () => tableWriter(file), catch: failed }),
      ({ table }) => Effect.sync(() => table.close())
    )
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
          countsSha256: hash("sha256", fs.readFileSync(file)),
          files: { counts: countsFile }
        }
        const text = sealJson(Schema.encodeSync(CountsManifest)(manifest), manifestDigest)
        fs.writeFileSync(path.join(work.store, "manifest.json"), text, { flush: true })
        work.commit()
        return manifest
      },
      catch: failed
    })
  })
  return yield* Effect.scoped(write) as Effect.Effect<CountsManifest, StoreError | E, Exclude<R, Scope.Scope>>
})
