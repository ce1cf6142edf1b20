/** The requests of a file of responses, those that cannot be used as bad records. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import type { BadRecord, Decoded, DecodeOptions } from "../../source.ts"
import { labelsOf } from "../labels.ts"
import type { LabelledFile } from "../layout.ts"
import type { Outcome } from "./requests-of.ts"
import type { Response } from "./response.ts"
import { responsesOf } from "./responses-of.ts"

const badRecord = (file: string, line: number | undefined, fault: ContentFault): BadRecord => {
  const place = line === undefined || fault.place.startsWith("line ") ? fault.place : `line ${line}, ${fault.place}`
  return { bad: { reason: fault.reason, where: `${file}, ${place}`, what: fault.message, hint: fault.hint } }
}

/** `requestsOf` gives the requests of a response, whose choices share a group; it may throw `ContentFault` for all of them. */
export function* decodeResponses(
  file: LabelledFile,
  read: (cursor: JsonCursor) => Response,
  requestsOf: (response: Response, group: string) => ReadonlyArray<Outcome>,
  options: DecodeOptions
): Generator<Decoded> {
  for (const item of responsesOf(file.path, read, options.sourceHash)) {
    if (item instanceof ContentFault) {
      yield badRecord(file.path, undefined, item)
      continue
    }
    const { response, source, digest: sourceDigest, line, alone } = item
    let outcomes: ReadonlyArray<Outcome>
    try {
      outcomes = requestsOf(response, source)
    } catch (cause) {
      if (!(cause instanceof ContentFault) || alone === true) throw cause
      yield badRecord(file.path, line, cause)
      continue
    }
    for (const { index, request } of outcomes) {
      const which = outcomes.length === 1 ? source : `${source}, choice ${index}`
      if (!(request instanceof ContentFault)) yield { ...labelsOf(file), source: which, sourceDigest, ...request }
      else if (alone === true && outcomes.length === 1) throw request
      else yield badRecord(file.path, line, request)
    }
  }
}
