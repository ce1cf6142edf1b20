/** JSON documents of a file: one in a `.json` file, one a line in JSON lines. */
import { ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../json/cursor.ts"
import { readBounded } from "../bytes/read-bounded.ts"
import { digestOf, type SourceHash } from "../bytes/digest.ts"
import { isBlank, linesOf } from "./lines.ts"

/** Most bytes of one JSON document. Its ids take up to twice that while they are read. */
export const maxDocumentBytes = 64 * 2 ** 20

/** A document of a file, read, and where it came from. */
export interface Document<A> {
  readonly value: A
  /** The file, and the line where there are lines. */
  readonly source: string
  /** Digest of the document's bytes. */
  readonly digest: string
}

/** True for names that hold one document a line. */
export const isLines = (file: string): boolean => /\.(?:jsonl|ndjson)$/.test(file)

/** Adds the line to a fault's place. */
const onLine = (number: number, cause: unknown): unknown =>
  cause instanceof ContentFault
    ? new ContentFault(cause.reason, `line ${number}, ${cause.place}`, cause.message, cause.hint)
    : cause

/** Runs `body` for a line, so that its faults name the line. */
export const withLine = <A>(number: number, body: () => A): A => {
  try {
    return body()
  } catch (cause) {
    throw onLine(number, cause)
  }
}

/** Yields what `read` makes of each document. Throws `ContentFault`. */
export function* documentsOf<A>(
  file: string,
  read: (cursor: JsonCursor) => A,
  kind?: SourceHash
): Generator<Document<A>> {
  const whole = (bytes: Uint8Array, base: number): A => {
    const cursor = new JsonCursor(bytes, 0, bytes.length, base)
    const value = read(cursor)
    cursor.finish()
    return value
  }
  if (!isLines(file)) {
    const bytes = readBounded(file, maxDocumentBytes)
    yield { value: whole(bytes, 0), source: file, digest: digestOf(bytes, kind) }
    return
  }
  let documents = 0
  for (const line of linesOf(file, maxDocumentBytes)) {
    if (isBlank(line.bytes)) continue
    documents++
    yield withLine(line.number, () => ({
      value: whole(line.bytes, line.at),
      source: `${file}, line ${line.number}`,
      digest: digestOf(line.bytes, kind)
    }))
  }
  if (documents === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}
