/** Decodes the files of one segment and writes it; plain code that runs in a worker thread. */
import { Contradiction, SegmentWriter, type SkippedSource, type TraceRequest } from "@moira/trace/worker"
import type { IngestReason } from "../error.ts"
import type { TraceFile } from "../source.ts"
import { changedFile } from "./file-state.ts"
import type { PlannedFile, Problem, SegmentAnswer, SegmentJob } from "./job.ts"

/** Why a file is bad by its content; other reasons are no fault of the file, so it is never skipped for them. */
const badContent: ReadonlySet<string> = new Set<IngestReason>([
  "Malformed",
  "Truncated",
  "OutOfRange",
  "Repeated",
  "Ragged",
  "WrongShape"
])

const isProblem = (error: unknown): error is Problem =>
  typeof error === "object" &&
  error !== null &&
  (["reason", "where", "what", "hint"] as const).every((key) => typeof (error as Partial<Problem>)[key] === "string")

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ends the work on a segment with an answer. */
class Refusal extends Error {
  readonly answer: SegmentAnswer
  constructor(answer: SegmentAnswer) {
    super(answer.kind)
    this.answer = answer
  }
}

const changed = (path: string) =>
  new Refusal({
    kind: "refused",
    problem: {
      reason: "Changed",
      where: path,
      what: "it changed while it was read",
      hint: "wait until nothing writes it and run the same command again"
    }
  })

/** All requests of one file, or why it is left out. Throws `Refusal`. */
const requestsOf = (
  { file, states }: PlannedFile,
  decode: (file: TraceFile) => Iterable<TraceRequest>,
  skipBad: boolean
): ReadonlyArray<TraceRequest> | SkippedSource => {
  try {
    let requests: ReadonlyArray<TraceRequest> | undefined
    let error: unknown
    try {
      requests = [...decode(file)]
    } catch (cause) {
      error = cause
    }
    // Whatever was read of a file that changed meanwhile counts for nothing, nor does what was wrong with it.
    const path = changedFile(states)
    if (path !== undefined) throw changed(path)
    if (requests !== undefined) return requests
    if (!isProblem(error)) throw error
    const { reason, where, what, hint } = error
    if (skipBad && badContent.has(reason)) return { source: file.path, reason: `${reason}: ${where}: ${what}` }
    throw new Refusal({ kind: "refused", problem: { reason, where, what, hint } })
  } catch (cause) {
    if (cause instanceof Refusal || codeOf(cause) === "") throw cause
    throw new Refusal({ kind: "unreadable", path: file.path, code: codeOf(cause), message: messageOf(cause) })
  }
}

const writeSegment = (
  writer: SegmentWriter,
  job: SegmentJob,
  decode: (file: TraceFile) => Iterable<TraceRequest>
): SegmentAnswer => {
  const skipped: Array<SkippedSource> = []
  for (const planned of job.files) {
    const requests = requestsOf(planned, decode, job.skipBad)
    if ("source" in requests) skipped.push(requests)
    else for (const request of requests) writer.append(request)
  }
  const { rows } = writer.finish(skipped)
  return { kind: "done", requests: rows.length, skipped: skipped.length }
}

/** Makes the segment of a job; `decode` is the format's for the job's model. Bugs are thrown, all else is answered. */
export const makeSegment = (job: SegmentJob, decode: (file: TraceFile) => Iterable<TraceRequest>): SegmentAnswer => {
  let writer: SegmentWriter | undefined
  try {
    writer = new SegmentWriter(job.directory, job.name, job.model)
    return writeSegment(writer, job, decode)
  } catch (cause) {
    try {
      writer?.discard()
    } catch {
      // What cannot be removed now is removed by the next run.
    }
    if (cause instanceof Refusal) return cause.answer
    const where = cause instanceof Contradiction ? cause.where : undefined
    if (where === undefined && codeOf(cause) === "") throw cause
    return { kind: "unwritable", where, code: codeOf(cause), message: messageOf(cause) }
  }
}
