/** The responses of a file, record by record: one document, a list of them, one a line, or an event stream. */
import { digestOf, type SourceHash } from "../../codecs/bytes/digest.ts"
import { readStart } from "../../codecs/bytes/file-buffer.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { isLines, maxDocumentBytes } from "../../codecs/json-lines/documents.ts"
import { isBlank, type Line, linesOf } from "../../codecs/json-lines/lines.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { type Located, Streams } from "./join-chunks.ts"
import type { Response } from "./response.ts"

/** Bad records of a file after which the file as a whole is refused: it is something else. */
const maxBadRecords = 1000

const eventStart = /^\s*(?:data|event|id|retry)?:/

/** True where a file starts as a stream of server-sent events. */
export const isEventStream = (file: string): boolean => startsAsEvents(readStart(file, 256).bytes)

export const startsAsEvents = (bytes: Uint8Array): boolean =>
  eventStart.test(Buffer.from(bytes.subarray(0, 256)).toString("latin1"))

/** A response, what is wrong with a record that is none, or the end of a stream. */
type Item = Located | ContentFault | "done"

/** What a line of an event stream carries; undefined for a line that carries nothing. */
const eventData = ({ bytes, at, number }: Line): Line | "done" | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString("latin1")
  const field = /^\s*data:\s*/.exec(text)
  if (field === null) {
    if (!/^\s*(?:event|id|retry)?:/.test(text))
      throw new ContentFault("Malformed", `line ${number}, byte ${at}`, "a line of no event between events")
    return undefined
  }
  const from = field[0].length
  if (/^\[DONE\]\s*$/.test(text.slice(from))) return "done"
  return { bytes: bytes.subarray(from), at: at + from, number, ended: true }
}

/** The responses of a document: itself, or those of a list. A bad one in a list spoils itself alone. */
const documentItems = function* (
  cursor: JsonCursor,
  read: (cursor: JsonCursor) => Response,
  locate: (response: Response, inList: number | undefined) => Located
): Generator<Item> {
  if (cursor.kind() !== "list") {
    const response = read(cursor)
    cursor.finish()
    yield locate(response, undefined)
    return
  }
  const items: Array<Item> = []
  const at = cursor.at
  cursor.list((index) => {
    const one = cursor.attempt(() => read(cursor))
    items.push(one instanceof ContentFault ? one : locate(one, index))
  })
  cursor.finish()
  if (items.length === 0) throw cursor.faultAt("WrongShape", at, "the list holds no response")
  yield* items
}

const onLine = (line: number, fault: ContentFault): ContentFault =>
  fault.place.startsWith("line ")
    ? fault
    : new ContentFault(fault.reason, `line ${line}, ${fault.place}`, fault.message, fault.hint)

/** What one line holds. Its bytes are gone when the next line is asked for. */
const itemsOfLine = (
  file: string,
  whole: Line,
  events: boolean,
  read: (cursor: JsonCursor) => Response,
  kind: SourceHash | undefined
): ReadonlyArray<Item> => {
  try {
    const data = events ? eventData(whole) : whole
    if (data === undefined || data === "done") return data === undefined ? [] : [data]
    const { bytes, at, number } = data
    const digest = digestOf(bytes, kind)
    const items = documentItems(new JsonCursor(bytes, 0, bytes.length, at), read, (response, inList) => {
      const source = inList === undefined ? `${file}, line ${number}` : `${file}, line ${number}, output ${inList}`
      return { response: events ? { ...response, chunk: true } : response, source, digest, line: number }
    })
    return [...items].map((item) => (item instanceof ContentFault ? onLine(number, item) : item))
  } catch (cause) {
    if (cause instanceof ContentFault) return [onLine(whole.number, cause)]
    throw cause
  }
}

const lineItems = function* (
  file: string,
  read: (cursor: JsonCursor) => Response,
  kind: SourceHash | undefined
): Generator<Item> {
  const events = isEventStream(file)
  let records = 0
  for (const line of linesOf(file, maxDocumentBytes)) {
    if (isBlank(line.bytes)) continue
    const items = itemsOfLine(file, line, events, read, kind)
    records += items.filter((item) => item !== "done").length
    yield* items
  }
  if (records === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}

/** True where an object begins a line at `at`. */
const isNextLine = (bytes: Uint8Array, at: number): boolean => {
  const before = Buffer.from(bytes.buffer, bytes.byteOffset + Math.max(0, at - 8), Math.min(at, 8)).toString("latin1")
  return bytes[at] === 123 && /\}\s*\n\s*$/.test(before)
}

const fileItems = function* (
  file: string,
  read: (cursor: JsonCursor) => Response,
  kind: SourceHash | undefined
): Generator<Item> {
  if (isLines(file) || isEventStream(file)) {
    yield* lineItems(file, read, kind)
    return
  }
  const bytes = readBounded(file, maxDocumentBytes)
  const digest = digestOf(bytes, kind)
  const cursor = new JsonCursor(bytes)
  try {
    yield* documentItems(cursor, read, (response, inList) => ({
      response,
      source: inList === undefined ? file : `${file}, output ${inList}`,
      digest,
      alone: inList === undefined
    }))
  } catch (cause) {
    // Responses are appended to files of any name: what another one follows on a line of its own is the first of several.
    if (!(cause instanceof ContentFault) || !isNextLine(bytes, cursor.at)) throw cause
    yield* lineItems(file, read, kind)
  }
}

/** Yields responses, and what is wrong with records that are none. Throws `ContentFault` for a file that is something else. */
export function* responsesOf(
  file: string,
  read: (cursor: JsonCursor) => Response,
  kind?: SourceHash
): Generator<Located | ContentFault> {
  const streams = new Streams()
  let bad = 0
  for (const item of fileItems(file, read, kind)) {
    if (item === "done") yield* streams.releaseEnded()
    else if (item instanceof ContentFault) {
      if (++bad > maxBadRecords)
        throw new ContentFault(
          item.reason,
          item.place,
          `after ${maxBadRecords} other bad records: ${item.message}`,
          item.hint
        )
      yield item
    } else if (streams.takes(item.response)) yield* streams.add(item)
    else yield item
  }
  yield* streams.releaseAll(isEventStream(file))
}
