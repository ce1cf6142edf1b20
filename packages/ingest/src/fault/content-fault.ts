/** A fault in a file's content, thrown by plain readers that know places but not files. */
import type { IngestReason } from "./error.ts"
import { describeFileProblem } from "./file-problem.ts"

/** Reasons that lie in the content of a file. */
export type ContentReason = Extract<
  IngestReason,
  "Malformed" | "Truncated" | "OutOfRange" | "Repeated" | "Ragged" | "WrongShape" | "UnknownModel"
>

/** Why a file is bad by its content; other reasons are no fault of the file, so it is never skipped for them. */
export const badFile: ReadonlySet<string> = new Set<ContentReason>([
  "Malformed",
  "Truncated",
  "OutOfRange",
  "Repeated",
  "Ragged",
  "WrongShape"
])

const hints: Readonly<Record<ContentReason, string>> = {
  Malformed: "the file is damaged or of another format; name the format with --format",
  Truncated: "fetch or copy the file again",
  OutOfRange: "the file is damaged or not of this model; choose its model with --model",
  Repeated: "a router chooses different experts for a token; the file is damaged or its recorder left rows unwritten",
  Ragged: "all layers of a token and all rows of a layer have the same length; the file is damaged",
  WrongShape: "the file is not of this model or badly converted; choose its model with --model",
  UnknownModel: "name the model with --model"
}

/** `place` is where in the file, for example `byte 12, layer 3, token 5`; it becomes an `IngestError` at the edge. */
export class ContentFault extends Error {
  readonly reason: ContentReason
  readonly place: string
  readonly hint: string
  constructor(reason: ContentReason, place: string, what: string, hint: string = hints[reason]) {
    super(what)
    this.reason = reason
    this.place = place
    this.hint = hint
  }
}

/** A fault that names its file; worker threads hand it on as it is, the main thread makes an `IngestError` of it. */
export class FileFault extends Error {
  readonly reason: IngestReason
  readonly where: string
  readonly what: string
  readonly hint: string
  constructor({ reason, where, what, hint }: Pick<FileFault, "reason" | "where" | "what" | "hint">) {
    super(what)
    this.reason = reason
    this.where = where
    this.what = what
    this.hint = hint
  }
}

/** A fault in the content of `file`, with its name; anything else is given back as it is. */
export const inFile = (file: string, cause: unknown): unknown =>
  cause instanceof ContentFault
    ? new FileFault({ reason: cause.reason, where: `${file}, ${cause.place}`, what: cause.message, hint: cause.hint })
    : cause

/** The same, and what the file system said of `file` as well: for files beside the one that is read. */
export const besideFault = (file: string, cause: unknown): unknown => {
  const named = inFile(file, cause)
  return named instanceof FileFault ? named : new FileFault(describeFileProblem(file, cause))
}
