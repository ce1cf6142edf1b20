/** Reads traces into a store: in parallel, in bounded memory, going on where an earlier run stopped. */
import { moduleOf, type PluginFault, Progress, runAll, type Runner, type RunnerError } from "@moira/core"
import { type Manifest, type Origin, type StoreError } from "@moira/trace"
import { type Repeats, storeOfSegments, type WorkDirectory, workDirectory, writeStore } from "@moira/trace/node"
import type { SkippedSource } from "@moira/trace/segments"
import { Deferred, Effect, Exit, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import { listChecked, readChecked } from "../checked-source.ts"
import { fileProblem, IngestError } from "../fault/error.ts"
import { decodeOptions } from "../parts/decode-options.ts"
import type { PerFile, ReadOptions, TraceSource } from "../source.ts"
import { TraceFormat } from "../trace-format.ts"
import { doneOr } from "./answer.ts"
import { finishedSegment } from "./finished.ts"
import type { PlannedSegment, SegmentJob } from "./job.ts"
import { planFiles, planSegments } from "./plan.ts"
import segmentTask from "./segment-task.ts"

export interface IngestOptions extends ReadOptions {
  /** Directory of the store. */
  readonly out: string
  /** Leaves out records and files whose content is bad instead of failing at the first. */
  readonly skipBad?: boolean
  /** What leading rows count that repeat those of an earlier request: once, or each time; once where left out. */
  readonly repeats?: Repeats
  /** False makes everything anew; else what an earlier run finished is taken. */
  readonly resume?: boolean
}

export interface Ingested {
  readonly manifest: Manifest
  /** Records and files that were left out, in the order of their requests. */
  readonly skipped: ReadonlyArray<SkippedSource>
  /** What the format tells of its reading. */
  readonly notes: ReadonlyArray<string>
  /** Segments in all, and those of an earlier run that were taken; 0 for formats that are read as one stream. */
  readonly segments: number
  readonly reused: number
}

/** What a run leaves when it stops: filled in as it goes, for whoever has to tell after an interrupt. */
export interface IngestState {
  /** Segments in all. */
  segments: number
  /** Where finished segments are kept. */
  directory?: string
}

/** Segments that a run which stopped has left for the next. */
export const keptSegments = ({ directory }: IngestState): number =>
  directory !== undefined && fs.existsSync(directory)
    ? fs.readdirSync(directory).filter((name) => name.endsWith(".json")).length
    : 0

/** Threads for a runner where nobody says how many: each takes about 40 MB beside the 200 MB of the program itself. */
export const defaultWorkers = (): number => Math.min(4, os.availableParallelism())

/** The manifest's word on what was assumed and on what was left out. */
const originOf =
  (format: string, { phase, promptTokens, repeats }: IngestOptions) =>
  (skipped: ReadonlyArray<SkippedSource>): Origin => ({
    format,
    options: {
      ...(phase === undefined ? {} : { phase }),
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(repeats === "keep" ? { repeats } : {}),
      ...(skipped.length === 0
        ? {}
        : { skipped: { count: skipped.length, files: skipped.map(({ source }) => source) } })
    }
  })

/**
 * Makes the segments that are not there yet. They are begun in order, and where some fail the error is that of the first bad
 * file, whatever the number of workers.
 */
const makeSegments = Effect.fn("ingest.makeSegments")(function* (
  pending: ReadonlyArray<PlannedSegment>,
  work: WorkDirectory,
  job: Pick<SegmentJob, "module" | "model" | "decode" | "skipBad">,
  options: IngestOptions,
  onDone: (segment: PlannedSegment) => void
) {
  const jobs = pending.map((segment): SegmentJob => ({ ...segment, ...job, directory: work.segments }))
  yield* runAll(segmentTask, jobs, (outcome, key) =>
    Effect.fromResult(outcome).pipe(
      Effect.flatMap((answer) => doneOr(options.out, answer)),
      Effect.tap(() => Effect.sync(() => onDone(pending[key]!)))
    )
  )
})

const perFileStore = Effect.fn("ingest.perFileStore")(function* (
  source: TraceSource,
  perFile: PerFile,
  module: string,
  paths: ReadonlyArray<string>,
  options: IngestOptions,
  state: IngestState
) {
  const format = source.id
  const { skipBad = false } = options
  const { model, files, notes = [] } = yield* listChecked(source, perFile, paths, options)
  const work = yield* workDirectory(options.out)
  const planned = yield* Effect.try({
    try: () => planFiles(files),
    catch: (cause) => {
      const at = cause instanceof Error && "path" in cause && typeof cause.path === "string" ? cause.path : paths[0]!
      return fileProblem(at)(cause)
    }
  })
  const segments = planSegments(format, model, decodeOptions(options), planned)
  if (options.resume === false) {
    for (const name of fs.readdirSync(work.segments)) fs.rmSync(`${work.segments}/${name}`, { force: true })
  }
  const pending = yield* Effect.try({
    try: () => segments.filter((segment) => finishedSegment(work.segments, segment, skipBad) === undefined),
    catch: fileProblem(options.out)
  })
  const coming = new Map(pending.map((segment) => [segment, Deferred.makeUnsafe<void>()]))
  const report = yield* Progress
  const count = (part: ReadonlyArray<PlannedSegment>) => part.reduce((sum, segment) => sum + segment.files.length, 0)
  let done = files.length - count(pending)
  state.segments = segments.length
  state.directory = work.segments
  report({ stage: "ingest", done, total: files.length, unit: "files" })
  const job = { module, model, decode: decodeOptions(options), skipBad }
  const making = makeSegments(pending, work, job, options, (segment) => {
    done += segment.files.length
    report({ stage: "ingest", done, total: files.length, unit: "files" })
    Deferred.doneUnsafe(coming.get(segment)!, Exit.void)
  })
  const storing = storeOfSegments({
    work,
    directory: options.out,
    model,
    segments: segments.map((segment) => {
      const made = coming.get(segment)
      return { name: segment.name, ready: made === undefined ? Effect.void : Deferred.await(made) }
    }),
    origin: originOf(format, options),
    repeats: options.repeats ?? "once"
  }).pipe(
    // Segments are put into the store while others are made; that is told once nothing else is.
    Effect.provideService(Progress, (progress) => (done === files.length ? report(progress) : undefined))
  )
  const [, { manifest, skipped }] = yield* Effect.all([making, storing], { concurrency: 2 })
  return { manifest, skipped, notes, segments: segments.length, reused: segments.length - pending.length }
}, Effect.scoped)

/**
 * Reads the traces at `paths` into a store, with the format that is provided, and returns what it holds. The bytes of the store depend on the files alone:
 * not on the number of workers, nor on how often a run was stopped and started again. A format without `perFile`, or without
 * a module that threads can load it from, is read as one stream, which nothing but the store's own safety is promised for.
 */
export const ingestStore = Effect.fn("ingest.ingestStore")(function* (
  paths: ReadonlyArray<string>,
  options: IngestOptions,
  state: IngestState = { segments: 0 }
): Effect.fn.Return<Ingested, IngestError | StoreError | RunnerError | PluginFault, TraceFormat | Runner> {
  const format = yield* TraceFormat
  const { id, perFile } = format
  const module = perFile?.module ?? moduleOf(format)
  if (perFile !== undefined && module !== undefined)
    return yield* perFileStore(format, perFile, module, paths, options, state)
  if (options.skipBad === true) {
    return yield* new IngestError({
      reason: "BadOption",
      where: "--skip-bad",
      what: `files of ${id} are not read one by one, so none can be left out`,
      hint: "remove the bad file, whose name and place the error says"
    })
  }
  const { model, files, notes = [], requests } = yield* readChecked(format, paths, options)
  const origin = originOf(id, options)([])
  const manifest = yield* writeStore(
    { directory: options.out, model, origin, expected: files, repeats: options.repeats ?? "once" },
    requests as Stream.Stream<any, IngestError>
  )
  return { manifest, skipped: [], notes, segments: 0, reused: 0 }
})
