/** What the task of ingestion is asked, and what it answers. Plain values only. */
import type { StoredModel } from "@moira/trace/segments"
import type { DecodeOptions, TraceFile } from "../source.ts"

/** State of a file in which it is to be read: a change of its content changes one of these. */
export interface FileState {
  readonly path: string
  readonly size: number
  /** Times of the last change of content and of the file's entry, in ns since 1970, as text: they have 61 bits. */
  readonly mtimeNs: string
  readonly ctimeNs: string
}

export interface PlannedFile {
  readonly file: TraceFile
  /** Of the file itself, then of those beside it. */
  readonly states: ReadonlyArray<FileState>
}

/** Consecutive files whose requests become one segment. */
export interface PlannedSegment {
  readonly name: string
  readonly files: ReadonlyArray<PlannedFile>
}

export interface SegmentJob extends PlannedSegment {
  /** Module whose default is what decodes, or the format itself. */
  readonly module: string
  readonly model: StoredModel
  readonly decode: DecodeOptions
  readonly directory: string
  readonly skipBad: boolean
}

/** The fields of a typed error. */
export interface Problem {
  readonly reason: string
  readonly where: string
  readonly what: string
  readonly hint: string
}

export type SegmentAnswer =
  | { readonly kind: "done"; readonly requests: number; readonly skipped: number }
  /** The content of a file is bad, or it changed. */
  | { readonly kind: "refused"; readonly problem: Problem }
  /** A file cannot be read. */
  | { readonly kind: "unreadable"; readonly path: string; readonly code: string; readonly message: string }
  /** The segment cannot be written, or a request contradicts its model (then `where` says which). */
  | { readonly kind: "unwritable"; readonly where: string | undefined; readonly code: string; readonly message: string }
