/** What a worker thread answers, as the typed errors of reading and storing. */
import { StoreError } from "@moira/trace"
import { Effect } from "effect"
import { fileProblem, IngestError, type IngestReason } from "../fault/error.ts"
import type { SegmentAnswer } from "./job.ts"

/** An error of the file system as it was in the other thread. */
const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code })

const roomCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

export type Done = Extract<SegmentAnswer, { kind: "done" }>

const unwritable = (directory: string, answer: Extract<SegmentAnswer, { kind: "unwritable" }>): StoreError => {
  const { where, code, message } = answer
  if (where !== undefined) {
    return new StoreError({
      reason: "NotWritable",
      where,
      what: message,
      hint: "nothing was changed; check that the model named is the one that made this trace"
    })
  }
  return new StoreError({
    reason: "NotWritable",
    where: directory,
    what: `the store cannot be written: ${message}`,
    hint: roomCodes.has(code)
      ? "the old store is as it was; make room and run the same command again, it goes on where it stopped"
      : "the old store is as it was; check the path, its permissions and the free space"
  })
}

const refused = ({ problem }: Extract<SegmentAnswer, { kind: "refused" }>): IngestError => {
  const { reason, where, what, hint } = problem
  return new IngestError({ reason: reason as IngestReason, where, what, hint })
}

/** The answer of a segment that was made, or the error. */
export const doneOr = (directory: string, answer: SegmentAnswer): Effect.Effect<Done, IngestError | StoreError> => {
  if (answer.kind === "done") return Effect.succeed(answer)
  if (answer.kind === "refused") return Effect.fail(refused(answer))
  if (answer.kind === "unwritable") return Effect.fail(unwritable(directory, answer))
  return Effect.fail(fileProblem(answer.path)(systemError(answer.code, answer.message)))
}
