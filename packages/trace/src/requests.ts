/** The requests table of a store. */
import { Count } from "@moira/core"
import { Schema } from "effect"

/** One request; its index is its position in the table. */
export const RequestRow = Schema.Struct({
  benchmark: Schema.String,
  subject: Schema.String,
  /** ISO 639-1 code such as `en`, `zh`, or `und` when unknown. */
  language: Schema.String,
  prefillTokens: Count,
  decodeTokens: Count,
  source: Schema.String,
  sha256: Schema.String
})
export type RequestRow = typeof RequestRow.Type

export interface RequestGroup {
  readonly benchmark: string
  readonly subject: string
  readonly language: string
  readonly requests: number
}

/** Requests counted by benchmark, subject and language, in order of first appearance. */
export const groupRequests = (rows: ReadonlyArray<RequestRow>): ReadonlyArray<RequestGroup> => {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.benchmark, row.subject, row.language]))
  return [...groups.values()].map((members) => {
    const { benchmark, subject, language } = members[0]!
    return { benchmark, subject, language, requests: members.length }
  })
}
