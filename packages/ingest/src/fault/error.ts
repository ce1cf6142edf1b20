/** The one error of reading and making traces. */
import { taggedProblem } from "@moira/core"
import { describeFileProblem } from "./file-problem.ts"

/**
 * Why a trace was refused. `NotFound`, `Empty`, `Unreadable` are about files; `UnknownFormat`, `UnknownModel`,
 * `MixedModels`, `BadOption` about the request; `Changed` is a file that changed while it was read; the rest about content: `Malformed` (not the format's grammar),
 * `Truncated` (ends early), `OutOfRange` (an id that the model lacks), `Repeated` (an id twice in a row), `Ragged`
 * (parts of unequal length), `WrongShape` (well formed, but not of this model).
 */
export const ingestReasons = [
  "NotFound",
  "Empty",
  "Unreadable",
  "Changed",
  "UnknownFormat",
  "UnknownModel",
  "MixedModels",
  "BadOption",
  "Malformed",
  "Truncated",
  "OutOfRange",
  "Repeated",
  "Ragged",
  "WrongShape"
] as const
export type IngestReason = (typeof ingestReasons)[number]

/** `where` names the file and, for content, the byte offset, layer and token (counted from 0, prefill first). */
export class IngestError extends taggedProblem("IngestError", ingestReasons) {}

/** What the file system said about `path`, as an `IngestError`; errors that are one already pass through. */
export const fileProblem =
  (path: string) =>
  (cause: unknown): IngestError =>
    cause instanceof IngestError ? cause : new IngestError({ ...describeFileProblem(path, cause), cause })
