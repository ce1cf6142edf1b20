/** Makes a store of finished segments. */
import { Effect } from "effect"
import * as fs from "node:fs"
import { copyGroups } from "./copy-groups.ts"
import type { Origin } from "../memory-store.ts"
import { given, type Model, moeLayers, Progress } from "@moira/core"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { OverviewCounts } from "../overview-counts.ts"
import { readGroups } from "./parquet/file-reader.ts"
import { type CountedRemark, countRemarks } from "../remarks.ts"
import type { RequestRow } from "../requests.ts"
import type { Repeats } from "./repeats/mark-repeats.ts"
import {
  addSegmentCounts,
  dropSegment,
  findSegment,
  segmentData,
  segmentPrefixes,
  type SkippedSource
} from "./segment.ts"
import { StoreError } from "../store.ts"
import { finishStore } from "./store-files.ts"
import { openSelections } from "./store-writer.ts"
import { notWritable, type WorkDirectory } from "./work-directory.ts"

/** A segment that is finished, or will be once `ready` succeeds. */
export interface ComingSegment<E = never> {
  readonly name: string
  readonly ready: Effect.Effect<unknown, E>
}

export interface SegmentsOptions<E> {
  readonly work: WorkDirectory
  readonly directory: string
  readonly model: Model
  /** Segments in the order of their requests. */
  readonly segments: ReadonlyArray<ComingSegment<E>>
  /** What rows count that repeat those of an earlier request; once where left out. */
  readonly repeats?: Repeats
  /** The origin, which may tell what was left out. */
  readonly origin: (skipped: ReadonlyArray<SkippedSource>) => Origin
}

const lost = (where: string, cause?: unknown) =>
  new StoreError({
    reason: "Corrupt",
    where,
    what: "a finished part of this store is gone or damaged",
    hint: "run the same command again; the part is made anew",
    ...given({ cause })
  })

/** Puts the segments together, each when it is ready, and the store in place. The bytes depend on the segments alone. */
export const storeOfSegments = Effect.fn("trace.storeOfSegments")(function* <E>(options: SegmentsOptions<E>) {
  const { work, directory, model, segments } = options
  const file = yield* openSelections(work, directory, model)
  const report = yield* Progress
  const rows: Array<RequestRow> = []
  const skipped: Array<SkippedSource> = []
  const begun: Array<{ readonly path: string; readonly requests: number }> = []
  let remarks: ReadonlyArray<CountedRemark> = []
  const counts = new OverviewCounts(model, moeLayers(model).length)
  /** Leading rows of each request that its segment did not count. */
  const uncounted: Array<number> = []
  let missing = 0
  let zero = 0
  for (const [i, { name, ready }] of segments.entries()) {
    yield* ready
    const place = segmentData(work.segments, name)
    const index = findSegment(work.segments, name)?.index
    if (index === undefined) return yield* lost(place)
    yield* Effect.try({
      try: () => {
        const fd = fs.openSync(place, "r")
        try {
          addSegmentCounts(index.counts, counts)
          copyGroups(file, { fd, groups: readGroups(fd, index.seal), rows: index.rows }, rows.length)
        } finally {
          fs.closeSync(fd)
        }
      },
      catch: (cause) => {
        if (!(cause instanceof BadParquet)) return notWritable(directory)(cause)
        // Such as after a loss of power: a later run must not find it again.
        dropSegment(work.segments, name)
        return lost(place, cause)
      }
    })
    for (const row of index.rows) {
      rows.push(row)
      uncounted.push(row.repeatedTokens)
    }
    begun.push({ path: segmentPrefixes(work.segments, name), requests: index.rows.length })
    for (const source of index.skipped) skipped.push(source)
    remarks = countRemarks([...remarks, ...index.remarks])
    missing += index.missing
    zero += index.zero
    report({ stage: "write store", done: i + 1, total: segments.length, unit: "segments" })
    yield* Effect.yieldNow
  }
  const [bad] = skipped
  if (rows.length === 0 && bad !== undefined)
    return yield* new StoreError({
      reason: "Empty",
      where: bad.source,
      what: `${bad.reason}; with ${skipped.length === 1 ? "it" : `${skipped.length - 1} more like it`} left out as bad, no request is left to store`,
      hint: "look at the first of them: leave --skip-bad away to see what to do"
    })
  const manifest = yield* finishStore({
    work,
    directory,
    model,
    origin: options.origin(skipped),
    rows,
    missing,
    zero,
    remarks,
    counts,
    uncounted,
    file,
    beginnings: { files: begun, repeats: options.repeats ?? "once" }
  })
  return { manifest, skipped }
}, Effect.scoped)
