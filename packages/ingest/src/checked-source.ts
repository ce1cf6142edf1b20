/** What a trace format gives, looked at as it is read: a model, a stream, and requests whose ids are there. */
import {
  asking,
  type Called,
  callingEffect,
  calling,
  isBuiltIn,
  type PluginFault,
  pluginFault,
  shown,
  threw,
  type WrongAnswer
} from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { Cause, Effect, Predicate, Stream } from "effect"
import type { IngestError } from "./fault/error.ts"
import type { PerFile, ReadOptions, Recognition, TraceRead, TraceSample, TraceSource } from "./source.ts"

const calledAs = (plugin: Pick<TraceSource, "id">): Called => ({
  kind: "trace format",
  plugin,
  kit: "conformance of @moira/ingest/testing"
})

/** Errors that a format refuses a trace with; one from outside may have them of another copy of this package. */
const isRefusal = (error: unknown): boolean => Predicate.isTagged(error, "IngestError")

const wrongShape = (what: string): WrongAnswer => ({ reason: "WrongShape", what })

/** Why a value is no model and list of files, as both ways of reading begin. */
const headFault = (read: unknown): WrongAnswer | undefined => {
  if (typeof read !== "object" || read === null) return wrongShape(`gives ${shown(read)}, not a model and its requests`)
  const { model, notes = [] } = read as Partial<TraceRead>
  const hasSizes = [model?.experts, model?.topK].every((size) => Number.isSafeInteger(size) && Number(size) > 0)
  if (!hasSizes || typeof model?.title !== "string") return wrongShape(`gives ${shown(model)} for the model`)
  return Array.isArray(notes) && notes.every((note) => typeof note === "string")
    ? undefined
    : wrongShape(`gives ${shown(notes)} for its notes, not a list of sentences`)
}

const readFault = (read: TraceRead): WrongAnswer | undefined =>
  headFault(read) ??
  (Stream.isStream(read.requests) ? undefined : wrongShape(`gives ${shown(read.requests)}, not a stream of requests`))

/** Why a value is no request, or undefined; whether its ids fit the model is asked by who stores them. */
const requestFault = (request: unknown): WrongAnswer | undefined => {
  if (typeof request !== "object" || request === null) return wrongShape(`gives ${shown(request)} for a request`)
  const { ids, prefillTokens, decodeTokens, source } = request as Partial<TraceRequest>
  if (!(ids instanceof Uint16Array)) return wrongShape(`gives a request whose ids are ${shown(ids)}, not a Uint16Array`)
  for (const [name, tokens] of Object.entries({ prefillTokens, decodeTokens }))
    if (!Number.isSafeInteger(tokens) || Number(tokens) < 0)
      return wrongShape(`gives a request whose ${name} are ${shown(tokens)}`)
  return typeof source === "string" ? undefined : wrongShape(`gives a request whose source is ${shown(source)}`)
}

/** The requests of a stream from outside; each pull is one call, which ends in time. */
const checkedRequests = (called: Called, requests: TraceRead["requests"]): TraceRead["requests"] => {
  const told = (error: unknown) => (isRefusal(error) ? (error as IngestError) : threw(called, "", error))
  const pulled = Stream.fromPull(
    Effect.map(Stream.toPull(requests), (pull) =>
      callingEffect(called, pull as Effect.Effect<Effect.Success<typeof pull>, unknown>).pipe(
        // What ends a stream is no failure.
        Effect.mapError((error) => (Cause.isDone(error) ? error : told(error))),
        Effect.catchDefect((defect) => Effect.fail(threw(called, "", defect)))
      )
    )
  ) as Stream.Stream<TraceRequest, IngestError | PluginFault>
  return pulled.pipe(
    Stream.mapEffect((request) => {
      const wrong = requestFault(request)
      return wrong === undefined ? Effect.succeed(request) : Effect.fail(pluginFault(called, "", wrong))
    })
  ) as TraceRead["requests"]
}

const sound = <A>(called: Called, given: A, wrong: WrongAnswer | undefined): Effect.Effect<A, PluginFault> =>
  wrong === undefined ? Effect.succeed(given) : Effect.fail(pluginFault(called, "", wrong))

/**
 * Reads by a format. Fails as the format refuses, and with `PluginFault`, which its requests fail with too, where it throws, does
 * not end, or gives anything else.
 */
export const readChecked = (
  format: TraceSource,
  paths: ReadonlyArray<string>,
  options: ReadOptions
): Effect.Effect<TraceRead, IngestError | PluginFault> => {
  if (isBuiltIn(format)) return format.read(paths, options)
  const called = calledAs(format)
  return asking(called, "", () => format.read(paths, options), isRefusal).pipe(
    Effect.flatMap((read) => sound(called, read, readFault(read))),
    Effect.map((read) => ({ ...read, requests: checkedRequests(called, read.requests) }))
  )
}

/** Lists the files of a format that decodes them one by one; fails as {@link readChecked}. */
export const listChecked = (
  format: TraceSource,
  { list }: PerFile,
  paths: ReadonlyArray<string>,
  options: ReadOptions
): Effect.Effect<Effect.Success<ReturnType<PerFile["list"]>>, IngestError | PluginFault> => {
  if (isBuiltIn(format)) return list(paths, options)
  const called = calledAs(format)
  return asking(called, "", () => list(paths, options), isRefusal).pipe(
    Effect.flatMap((listed) => sound(called, listed, headFault(listed) ?? filesFault(listed.files)))
  )
}

const filesFault = (files: unknown): WrongAnswer | undefined =>
  Array.isArray(files) &&
  files.every((file: unknown) => Predicate.hasProperty(file, "path") && typeof file.path === "string")
    ? undefined
    : wrongShape(`gives ${shown(files)} for its files, not a list with paths`)

/** What a format says of a sample; throws `PluginFault` where it throws or says neither. */
export const recognisedBy = (format: Pick<TraceSource, "id" | "recognises">, sample: TraceSample): Recognition => {
  const called = calledAs(format)
  const verdict: unknown = calling(called, "", () => format.recognises(sample))
  if (Predicate.hasProperty(verdict, "matches") && typeof verdict.matches === "boolean") return verdict as Recognition
  throw pluginFault(called, "", wrongShape(`gives ${shown(verdict)} for whether it knows ${sample.path}`))
}
