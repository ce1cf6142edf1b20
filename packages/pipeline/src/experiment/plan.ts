/** From a document to its points: every value in place, every name resolved, each with the key of what it is. */
import { canonicalSha256, canonicalText, version } from "@moira/core"
import { Effect, Predicate, Result } from "effect"
import { designOf, type Put, settingDocument } from "./axes.ts"
import { decodeExperiment } from "./decode.ts"
import { describePoint } from "./describe.ts"
import { ExperimentError, pathText, relocated } from "./error.ts"
import { contentOf, type OpenedSource } from "./inputs.ts"
import { openTrace } from "./open-trace.ts"
import { preparePoint } from "./kinds/index.ts"
import type { Failure, PreparedPoint } from "./kinds/kind.ts"
import type { ExperimentDocument } from "./schema.ts"

/** One point of a plan. */
export interface PlannedPoint {
  readonly key: string
  /** Values of the fields that vary. */
  readonly at: Readonly<Record<string, unknown>>
  readonly document: ExperimentDocument
  /** What its result says of how it was made. */
  readonly description: Readonly<Record<string, unknown>>
  /** The trace of the point, open as long as the plan's scope. */
  readonly source: OpenedSource
  /** What is to be done, or why it cannot be. */
  readonly prepared: Result.Result<PreparedPoint, Failure>
}

export interface ExperimentPlan {
  readonly document: ExperimentDocument
  /** Fields that vary, in the order of the axes. */
  readonly fields: ReadonlyArray<string>
  readonly points: ReadonlyArray<PlannedPoint>
}

/** What an error says, whichever seam it is of. */
export const failureOf = (error: unknown): Failure => {
  const text = (key: string, other: string) => {
    const value: unknown = Predicate.hasProperty(error, key) ? error[key] : undefined
    return typeof value === "string" ? value : other
  }
  return {
    reason: text("reason", "Failed"),
    where: text("where", "the point"),
    what: text("what", error instanceof Error ? error.message : String(error)),
    hint: text("hint", "run the point alone to see more")
  }
}

/** Mistakes of the document itself rather than of one point: they stop everything before anything runs. */
const isOfDocument = (error: unknown): boolean =>
  Predicate.isTagged(error, "PluginError") ||
  Predicate.isTagged(error, "ExperimentError") ||
  Predicate.isTagged(error, "ModelError") ||
  (Predicate.isTagged(error, "InvalidSpec") && ["UnknownMachine", "NoSuchField"].includes(failureOf(error).reason))

/** Paths of a document's words, for errors that say only the word. */
const wordPaths = (
  value: unknown,
  path: ReadonlyArray<PropertyKey> = []
): ReadonlyArray<readonly [string, ReadonlyArray<PropertyKey>]> => {
  if (typeof value === "string") return [[value, path]]
  if (typeof value !== "object" || value === null) return []
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, inner]) => wordPaths(inner, [...path, key]))
}

/** The same error, told by where the document, or one of its axes, says what is wrong. */
export const placed = <E>(
  error: E,
  document: ExperimentDocument,
  puts: ReadonlyArray<Put>,
  named: string
): E | ExperimentError => {
  const { reason, where, what, hint } = failureOf(error)
  const noField = reason === "NoSuchField"
  const isIt = (word: string) => where === word || where.endsWith(` ${word}`)
  const put = puts.find(({ path, value }) =>
    noField ? where.includes(`${String(path.at(-1))}=`) : typeof value === "string" && isIt(value)
  )
  const [, path] = wordPaths(document).find(([word]) => isIt(word)) ?? []
  const changed =
    noField && document.run !== "analyze" && document.run !== "forecast" ? Object.keys(document.machine.set ?? {}) : []
  const key = changed.find((one) => where.includes(`${one}=`))
  const at =
    put !== undefined
      ? noField
        ? put.where.replace(/\.list\[\d+\]$/, ".field")
        : put.where
      : path !== undefined
        ? pathText(path)
        : key === undefined
          ? undefined
          : `machine.set.${key}`
  if (at === undefined || Predicate.isTagged(error, "ExperimentError")) return error
  return new ExperimentError({
    reason: noField ? "NoSuchField" : "BadValue",
    where: `${named}, ${at}`,
    what: `${where}: ${what}`,
    hint,
    cause: error
  })
}

/** The document of one point; a value that does not fit is told by where the axis gives it. */
export const documentOf = (named: string, document: ExperimentDocument, puts: ReadonlyArray<Put>) =>
  Result.mapError(decodeExperiment(named, settingDocument(document, puts)), (error) => {
    const put = puts.find(({ path }) => error.where.includes(`, ${pathText(path)}`))
    if (put === undefined) return error
    return relocated(error, `${named}, ${put.where}`, `${put.field}: ${error.what}`)
  })

/** Opens a trace and refuses content that the document does not expect. */
export const openSource = Effect.fnUntraced(function* (named: string, document: ExperimentDocument) {
  const source = yield* openTrace(document)
  const expected = document.trace.contentSha256
  const found = contentOf(source)
  if (expected === undefined || expected === found) return source
  return yield* new ExperimentError({
    reason: "OtherTrace",
    where: `${named}, trace.contentSha256`,
    what: `${source.name} has the content ${found}, not ${expected}`,
    hint: "give the trace that the document was written for, or write its own digest"
  })
})

/** Why a trace cannot be read, told by where the document names it. */
const unreadable = (error: unknown, named: string, { trace }: ExperimentDocument): ExperimentError => {
  if (error instanceof ExperimentError && error.reason === "OtherTrace") return error
  const { where, what, hint } = failureOf(error)
  return new ExperimentError({
    reason: "NotReadable",
    where: `${named}, trace.${Object.keys(trace).find((key) => key !== "contentSha256")}`,
    what: `${where}: ${what}`,
    hint
  })
}

/** `name` is the document's, for messages. Traces stay open as long as the scope. */
export const planExperiment = Effect.fn("experiment.plan")(function* (
  document: ExperimentDocument,
  name = "experiment"
) {
  const design = yield* Effect.fromResult(designOf(document)).pipe(
    Effect.mapError((error) => relocated(error, `${name}, ${error.where}`))
  )
  const settings: Array<{ readonly document: ExperimentDocument; readonly puts: ReadonlyArray<Put> }> = []
  for (const puts of design.points)
    settings.push({ document: yield* Effect.fromResult(documentOf(name, document, puts)), puts })
  const sources = new Map<string, OpenedSource>()
  const points: Array<PlannedPoint> = []
  for (const { document: of, puts } of settings) {
    const which = canonicalText([of.trace, of.stages?.source])
    const source =
      sources.get(which) ?? (yield* Effect.mapError(openSource(name, of), (error) => unreadable(error, name, of)))
    sources.set(which, source)
    const prepared = yield* Effect.result(preparePoint(of, source))
    if (Result.isFailure(prepared) && isOfDocument(prepared.failure))
      return yield* Effect.fail(placed(prepared.failure, of, puts, name))
    const content = contentOf(source)
    const description = describePoint(of, content, Result.isSuccess(prepared) ? prepared.success : { files: {} })
    // A point that cannot be made has nothing resolved: it is told by its words.
    const identity = Result.isSuccess(prepared)
      ? { identity: prepared.success.identity, files: prepared.success.files }
      : {}
    points.push({
      key: canonicalSha256({
        moira: version,
        run: of.run,
        trace: content,
        keep: of.keep,
        ...(Result.isSuccess(prepared) ? identity : { description })
      }),
      at: Object.fromEntries(puts.map(({ field, value }) => [field, value])),
      document: of,
      description,
      source,
      prepared: Result.mapError(prepared, failureOf)
    })
  }
  return { document, fields: design.fields, points } satisfies ExperimentPlan
})
