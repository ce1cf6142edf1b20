/** Is a result what its description gives? The plug-ins and files are looked at first, then it is run again and compared. */
import { type PluginReference, sha256, version } from "@moira/core"
import { documentText, type ResultDocument, wasChanged } from "@moira/results"
import { Effect, Predicate, Result } from "effect"
import { decodeExperiment } from "./decode.ts"
import { describedBy } from "./describe.ts"
import { ExperimentError } from "./error.ts"
import type { PreparedPoint } from "./kinds/kind.ts"
import { prepareExperiment } from "./run.ts"
import type { ExperimentDocument } from "./schema.ts"
import type { TraceSource } from "./schema-parts.ts"
import { type Difference, differencesOf } from "./differences.ts"

/** What a result says of its trace: its content, and how a twin of it is made. */
export interface DescribedTrace extends Pick<TraceSource, "twin"> {
  readonly contentSha256: string
}

export interface VerifyOptions {
  /** What messages call the result. */
  readonly name: string
  /** Where the trace of this content is to be read. */
  readonly find: (trace: DescribedTrace) => Effect.Effect<TraceSource, ExperimentError>
  /** A file beside the result, such as an engine's; undefined where there is none, which is not compared. */
  readonly beside?: (file: string) => Effect.Effect<string | undefined>
}

export interface Verified {
  /** Whether every byte is the same. */
  readonly same: boolean
  /** Of the result's text. */
  readonly sha256: string
  /** The first fields that differ. */
  readonly differences: ReadonlyArray<Difference>
  /** Files beside the result that differ. */
  readonly files: ReadonlyArray<string>
  /** Version that made the result, where it is another. */
  readonly otherVersion?: string
}

interface Described {
  readonly moira: unknown
  readonly plugins: ReadonlyArray<PluginReference>
  readonly schema: string
  readonly experiment: Readonly<Record<string, unknown>>
}

const refused = (
  reason: ExperimentError["reason"],
  where: string,
  what: string,
  hint: string,
  cause?: unknown
): ExperimentError => new ExperimentError({ reason, where, what, hint, ...(cause === undefined ? {} : { cause }) })

/** A result that says how it was made, and that nobody changed. */
const describedOf = (text: string, name: string): Result.Result<Described, ExperimentError> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return Result.fail(
      refused("NotReadable", name, "no JSON", "give a result document, or the folder of a sweep", cause)
    )
  }
  if (!Predicate.isObject(value) || typeof value["schema"] !== "string")
    return Result.fail(refused("NotReadable", name, "no result document", "give one, or the folder of a sweep"))
  if (wasChanged(value))
    return Result.fail(
      refused("Changed", name, "its digest is not of what it says", "take the result as it was written")
    )
  const { experiment, plugins = [], schema, moira } = value
  if (Predicate.isObject(experiment))
    return Result.succeed({ experiment, plugins: plugins as ReadonlyArray<PluginReference>, schema, moira })
  return Result.fail(
    refused(
      "NotDescribed",
      name,
      `${schema} without a description of how it was made`,
      "results of simulate, offload, place, advise, analyze, forecast, run and sweep carry one, since this version"
    )
  )
}

/** Every reference to a plug-in in an identity, which is plain data. */
const referencesIn = (value: unknown): ReadonlyArray<PluginReference> => {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!Predicate.isObject(value)) return []
  const isReference = ["kind", "name", "contract"].every((key) => typeof value[key] === "string")
  return isReference ? [value as unknown as PluginReference] : Object.values(value).flatMap(referencesIn)
}

const madeBy = ({ package: of, version: number, sha256: digest, importsSha256: imports }: PluginReference): string => {
  const package_ = of === undefined ? [] : [`${of} ${number ?? ""}`.trim()]
  const file = digest === undefined ? [] : [`sha256 ${digest}`]
  return [...package_, ...file, ...(imports === undefined ? [] : [`imports ${imports}`])].join(", ")
}

/** Fails where a plug-in that is found now is another than the one that the result names. */
const comparePlugins = (then: ReadonlyArray<PluginReference>, now: ReadonlyArray<PluginReference>, name: string) => {
  for (const made of then) {
    const found = now.filter((one) => one.kind === made.kind && one.name === made.name)
    if (found.length === 0 || found.some((one) => madeBy(one) === madeBy(made))) continue
    return Effect.fail(
      refused(
        "OtherPlugin",
        name,
        `${made.kind} ${made.name}${made.path === undefined ? "" : ` (${made.path})`} was ${madeBy(made)}, and is ${madeBy(found[0]!)} now`,
        "bring back what made the result, or make the result again"
      )
    )
  }
  return Effect.void
}

/** Fails where a file or another trace that the result names has another content. */
const compareFiles = Effect.fnUntraced(function* (files: Readonly<Record<string, unknown>>, prepared: PreparedPoint) {
  for (const [file, then] of Object.entries(files)) {
    const now = prepared.files[file]
    if (now === then) continue
    return yield* refused(
      "OtherFile",
      file,
      `had the digest ${String(then)}, and has ${now ?? "none"} now`,
      "bring back what made the result, or make the result again"
    )
  }
})

const documentOf = Effect.fnUntraced(function* ({ experiment }: Described, { name, find }: VerifyOptions) {
  const { files = {}, trace, ...described } = experiment
  if (!Predicate.isObject(trace) || typeof trace["contentSha256"] !== "string" || !Predicate.isObject(files))
    return yield* refused("NotDescribed", name, "no trace in its description", "make the result again")
  const source = yield* find(trace as unknown as DescribedTrace)
  const whole = { ...described, trace: { ...source, contentSha256: trace["contentSha256"] } }
  const document: ExperimentDocument = yield* Effect.fromResult(decodeExperiment(`${name}, experiment`, whole))
  return { document, files }
})

/**
 * Verifies the text of a result file. Names in its description are seen as the provided inputs and plug-ins see them. Fails
 * where it cannot be run again as it was made; what comes out is told.
 */
export const verifyResult = Effect.fn("experiment.verify")(function* (text: string, options: VerifyOptions) {
  const { name, beside } = options
  const described = yield* Effect.fromResult(describedOf(text, name))
  const { document, files } = yield* documentOf(described, options)
  const prepared = yield* prepareExperiment(document, name)
  yield* comparePlugins(described.plugins, referencesIn(prepared.point.identity), name)
  yield* compareFiles(files, prepared.point)
  const computed = yield* prepared.compute
  const made =
    computed.document.schema === described.schema
      ? computed.document
      : computed.others?.find((other) => other.document.schema === described.schema)?.document
  if (made === undefined)
    return yield* refused("NotDescribed", name, `its description gives no ${described.schema}`, "make the result again")
  // The trace was found by its content, wherever that lay: how a twin of it is made is the result's to say.
  const { trace } = described.experiment
  const { experiment: again } = made as ResultDocument & { readonly experiment: Readonly<Record<string, unknown>> }
  const now = documentText(describedBy(made, { ...again, trace }))
  const changed: Array<string> = []
  if (beside !== undefined)
    for (const [file, content] of computed.files ?? []) {
      const kept = yield* beside(file)
      if (kept !== undefined && kept !== content) changed.push(file)
    }
  const otherVersion = described.moira === version ? undefined : String(described.moira)
  return {
    same: now === text && changed.length === 0,
    sha256: sha256(now),
    differences: now === text ? [] : differencesOf(JSON.parse(text), JSON.parse(now)),
    files: changed,
    ...(otherVersion === undefined ? {} : { otherVersion })
  } satisfies Verified
})
