/** Decodes the files of one segment and writes it; plain code that runs in a worker thread. */
import { badFile } from "../fault/content-fault.ts"
import type { TraceRequest } from "@moira/trace"
import { Contradiction, SegmentWriter, type SkippedSource } from "@moira/trace/segments"
import { isBadRecord } from "../parts/bad-record.ts"
import type { Decoded, TraceFile } from "../source.ts"
import { changedFile } from "./file-state.ts"
import type { PlannedFile, Problem, SegmentAnswer, SegmentJob } from "./job.ts"

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

/** Bytes of a file above which its requests are never held together. */
const maxHeldBytes = 16 * 2 ** 20

/**
 * Gives the requests of one file to `take`, one at a time, or returns why the file is left out. Throws `Refusal`, and
 * what `take` throws.
 */
const decodeFile = (
  { file, states }: PlannedFile,
  decode: (file: TraceFile) => Iterable<Decoded>,
  skipBad: boolean,
  take: (request: TraceRequest) => void,
  leaveOut: (record: SkippedSource) => void
): SkippedSource | undefined => {
  /** The next request; at the end and after an error whatever was read of a file that changed meanwhile is refused. */
  const pull = (requests: Iterator<Decoded>): Decoded | undefined => {
    let next: IteratorResult<Decoded> | undefined
    let error: unknown
    try {
      next = requests.next()
    } catch (cause) {
      error = cause
    }
    if (next !== undefined && next.done !== true) return next.value
    const path = changedFile(states)
    if (path !== undefined) throw changed(path)
    if (next === undefined) throw error
    return undefined
  }
  try {
    const requests = decode(file)[Symbol.iterator]()
    for (let one = pull(requests); one !== undefined; one = pull(requests)) {
      if (!isBadRecord(one)) take(one)
      else if (skipBad) leaveOut({ source: one.bad.where, reason: `${one.bad.reason}: ${one.bad.what}` })
      else throw new Refusal({ kind: "refused", problem: one.bad })
    }
    return undefined
  } catch (cause) {
    if (cause instanceof Refusal || cause instanceof Untaken) throw cause
    if (isProblem(cause)) {
      const { reason, where, what, hint } = cause
      if (skipBad && badFile.has(reason)) return skippedOf(file.path, { reason, where, what })
      throw new Refusal({ kind: "refused", problem: { reason, where, what, hint } })
    }
    if (codeOf(cause) === "") throw cause
    throw new Refusal({ kind: "unreadable", path: file.path, code: codeOf(cause), message: messageOf(cause) })
  }
}

const skippedOf = (source: string, { reason, where, what }: Omit<Problem, "hint">): SkippedSource => ({
  source,
  reason: `${reason}: ${where}: ${what}`
})

/** Wraps what the writer threw, which is no fault of the file. */
class Untaken extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
  }
}

/**
 * Appends the requests of a file and tells what of it is left out: some records, or the whole of it. Where a bad file may be left out, nothing of it may be
 * written: so a small file's requests are held until it ended well, and a large file is decoded twice.
 */
const appendFile = (
  planned: PlannedFile,
  job: SegmentJob,
  decode: (file: TraceFile) => Iterable<Decoded>,
  writer: SegmentWriter
): ReadonlyArray<SkippedSource> => {
  const records: Array<SkippedSource> = []
  const leaveOut = (record: SkippedSource) => records.push(record)
  const ignore = () => undefined
  const append = (request: TraceRequest) => {
    try {
      writer.append(request)
    } catch (cause) {
      throw new Untaken(cause)
    }
  }
  if (!job.skipBad) {
    decodeFile(planned, decode, false, append, ignore)
    return records
  }
  const held: Array<TraceRequest> = []
  const large = planned.states.reduce((sum, { size }) => sum + size, 0) > maxHeldBytes
  const bad = decodeFile(planned, decode, true, large ? ignore : (request) => held.push(request), leaveOut)
  if (bad !== undefined) return [bad]
  if (large) decodeFile(planned, decode, true, append, ignore)
  held.forEach(append)
  return records
}

const writeSegment = (
  writer: SegmentWriter,
  job: SegmentJob,
  decode: (file: TraceFile) => Iterable<Decoded>
): SegmentAnswer => {
  const skipped: Array<SkippedSource> = []
  for (const planned of job.files) for (const record of appendFile(planned, job, decode, writer)) skipped.push(record)
  const { rows } = writer.finish(skipped)
  return { kind: "done", requests: rows.length, skipped: skipped.length }
}

/** Makes the segment of a job; `decode` is the format's for the job's model. Bugs are thrown, all else is answered. */
export const makeSegment = (job: SegmentJob, decode: (file: TraceFile) => Iterable<Decoded>): SegmentAnswer => {
  let writer: SegmentWriter | undefined
  try {
    writer = new SegmentWriter(job.directory, job.name, job.model)
    return writeSegment(writer, job, decode)
  } catch (thrown) {
    const cause = thrown instanceof Untaken ? thrown.cause : thrown
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
