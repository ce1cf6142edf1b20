/** What a report lacks because nobody asked for it. */
import type { Evidence, NotMeasured } from "@moira/results"
import { isOfTrace } from "./subject.ts"

/** Said of traces only: counts cannot answer everything, and what has many inputs is about something else. */
export const absent = (evidence: Evidence, what: string, command: string): ReadonlyArray<NotMeasured> =>
  isOfTrace(evidence) ? [{ what, why: `no result given to this report holds it; ${command} makes one` }] : []

/** What could not be measured, each under the name of what it belongs to. */
export const of = (what: string, notMeasured: ReadonlyArray<NotMeasured> | undefined): ReadonlyArray<NotMeasured> =>
  (notMeasured ?? []).map((one) => ({ what: `${what}: ${one.what}`, why: one.why }))
