/** The requests table of a store. */
import { Count } from "@moira/core"
import { type Groups, groupsOf } from "@moira/core/statistics"
import { Schema } from "effect"
import { decodeRuns, type TokenRun } from "./token-runs.ts"

/** One request; its index is its position in the table. */
export const RequestRow = Schema.Struct({
  benchmark: Schema.String,
  subject: Schema.String,
  /** ISO 639-1 code such as `en`, `zh`, or `und` when unknown. */
  language: Schema.String,
  /** Prompt tokens with rows of their own, recorded or not; those that are repeated are not among them. */
  prefillTokens: Count,
  decodeTokens: Count,
  /** Leading rows that are stored but were computed for an earlier request, or served from cache: never read as load. */
  repeatedTokens: Count,
  /** Prompt tokens at the start that the engine says it served from cache, whether their rows are there or not. */
  cachedTokens: Count,
  /** What the tokens after the repeated ones were, as `encodeRuns` writes it; empty for plain ones. */
  runs: Schema.String,
  /** Conversation, prompt or other group that requests share; empty for a request by itself. */
  group: Schema.String,
  source: Schema.String,
  /** Digest of the source's bytes, such as `crc32:00c0ffee`; empty where there is no file. */
  sourceDigest: Schema.String,
  /** SHA-256 of the stored ids, `[layer][token][k]`, 16 bits each, little-endian. */
  sha256: Schema.String
})
export type RequestRow = typeof RequestRow.Type

/** Rows that a layer of the store holds for a request. */
export const storedTokens = (row: RequestRow): number => row.repeatedTokens + row.prefillTokens + row.decodeTokens

/** What the tokens of a request were. */
export const runsOf = (row: RequestRow): ReadonlyArray<TokenRun> =>
  decodeRuns(row.runs, row.prefillTokens, row.decodeTokens) ?? []

/** `[decode token]` 1 for each that was drafted and rejected; undefined where none was. */
export const rejectedDrafts = (row: RequestRow): Uint8Array | undefined => {
  const runs = row.runs === "" ? [] : runsOf(row)
  if (!runs.some(({ phase }) => phase === "rejected")) return undefined
  const rejected = new Uint8Array(row.decodeTokens)
  let token = -row.prefillTokens
  for (const { tokens, phase } of runs) {
    if (phase === "rejected") rejected.fill(1, token, token + tokens)
    token += tokens
  }
  return rejected
}

/** What requests of a trace share with others of it: rows with the same group, or a row alone, by number. */
export const groupKeys = (rows: ReadonlyArray<RequestRow>): ReadonlyArray<string> =>
  rows.map(({ group }, r) => (group === "" ? `#${r}` : `=${group}`))

/** The same as numbers: what halves, folds and bootstrap samples are drawn of. */
export const requestGroups = (rows: ReadonlyArray<RequestRow>): Groups => groupsOf(groupKeys(rows))

/** What a trace has that cannot be cut in two, if so: one cannot both choose and judge. */
export const onlySample = (rows: ReadonlyArray<RequestRow>): string | undefined => {
  if (rows.length < 2) return "one request"
  return requestGroups(rows).count < 2 ? "one group of requests, such as one conversation," : undefined
}

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
