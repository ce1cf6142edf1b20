/** From the text of a file to an experiment document: YAML or JSON, every mistake told by its path. */
import { knownNames } from "@moira/core"
import { Predicate, Result, Schema, SchemaIssue } from "effect"
import { parseDocument } from "yaml"
import { ExperimentError, pathText } from "./error.ts"
import { fieldsAt } from "./known-fields.ts"
import { type ExperimentDocument, experimentOf, type RunKind } from "./schema.ts"
import { experimentSchema } from "./schema-parts.ts"

const kinds = Object.keys(experimentOf) as ReadonlyArray<RunKind>

/** More than any experiment takes; YAML of a few bytes may stand for gigabytes by its aliases. */
const maxAliases = 100

const failed = (reason: ExperimentError["reason"], where: string, what: string, hint: string, cause?: unknown) =>
  Result.fail(new ExperimentError({ reason, where, what, hint, ...(cause === undefined ? {} : { cause }) }))

/** The value of a YAML or JSON text. */
const parseText = (name: string, text: string): Result.Result<unknown, ExperimentError> => {
  const hint = "give YAML or JSON as docs/guides/experiments.md shows it"
  try {
    const parsed = parseDocument(text, { prettyErrors: true, uniqueKeys: true })
    const [error] = parsed.errors
    if (error !== undefined) {
      const line = error.linePos?.[0]
      const where = line === undefined ? name : `${name}, line ${line.line}, column ${line.col}`
      return failed("NotReadable", where, error.message.split("\n")[0]!.replace(/ at line .*$/, ""), hint, error)
    }
    return Result.succeed(parsed.toJS({ maxAliasCount: maxAliases }))
  } catch (cause) {
    return failed(
      "NotReadable",
      name,
      cause instanceof Error ? cause.message.split("\n")[0]! : String(cause),
      hint,
      cause
    )
  }
}

interface Issue {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

const issuesOf = (issue: SchemaIssue.Issue): ReadonlyArray<Issue> =>
  SchemaIssue.makeFormatterStandardSchemaV1()(issue).issues.map(({ path = [], message }) => ({
    path: path.map((part) => {
      const key = typeof part === "object" ? part.key : part
      return typeof key === "number" ? key : String(key)
    }),
    message
  }))

/** The first mistake of a document in the words of a person, and how many more there are. */
const mistakeOf = (name: string, run: RunKind, issues: ReadonlyArray<Issue>): ExperimentError => {
  const places = new Set(issues.map(({ path }) => pathText(path)))
  // A value that fits neither form of a union is told as wrong, not as a field too many.
  const first = issues.find(({ message }) => !message.startsWith("Missing key")) ?? issues[0]!
  const { path, message } = first
  const more = places.size - 1
  const also = more === 0 ? "" : `; ${more} more ${more === 1 ? "field is" : "fields are"} wrong`
  const where = `${name}, ${path.length === 0 ? "the whole of it" : pathText(path)}`
  if (message.startsWith("Unexpected key")) {
    const known = fieldsAt(run, path.slice(0, -1)) ?? []
    return new ExperimentError({
      reason: "UnknownField",
      where,
      what: `no such field${also}`,
      hint: known.length === 0 ? "leave it out" : `known are ${knownNames(String(path.at(-1)), known)}`
    })
  }
  const missing = message.startsWith("Missing key")
  return new ExperimentError({
    reason: "BadValue",
    where,
    what: `${missing ? "is missing" : message.replace(/^Expected/, "expected")}${also}`,
    hint: missing ? `add ${String(path.at(-1))}` : "docs/guides/experiments.md lists what every field may hold"
  })
}

/** Checks a plain value; `name` is the file's, for messages. */
export const decodeExperiment = (name: string, value: unknown): Result.Result<ExperimentDocument, ExperimentError> => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return failed("NotAnExperiment", name, "no experiment document", `begin with schema: ${experimentSchema}`)
  const { schema, run } = value as { readonly schema?: unknown; readonly run?: unknown }
  if (schema !== experimentSchema)
    return failed(
      "NotAnExperiment",
      `${name}, schema`,
      schema === undefined ? "is missing" : `is ${JSON.stringify(schema)}`,
      `this Moira runs ${experimentSchema}`
    )
  if (typeof run !== "string" || !Object.hasOwn(experimentOf, run))
    return failed(
      "NotAnExperiment",
      `${name}, run`,
      run === undefined ? "is missing" : `is ${JSON.stringify(run)}`,
      `known are ${knownNames(String(run), kinds)}`
    )
  const kind = run as RunKind
  const codec: Schema.Codec<ExperimentDocument, unknown> = experimentOf[kind]
  const decoded = Schema.decodeUnknownResult(codec, { errors: "all", onExcessProperty: "error", reportInput: true })(
    value
  )
  return Result.mapError(decoded, ({ issue }) => mistakeOf(name, kind, issuesOf(issue)))
}

/** The document of a file's text. */
export const readExperiment = (name: string, text: string): Result.Result<ExperimentDocument, ExperimentError> =>
  Result.flatMap(parseText(name, text), (value) => decodeExperiment(name, value))

/** Whether a value says that it is an experiment document, of whatever version. */
export const isExperiment = (value: unknown): boolean =>
  Predicate.hasProperty(value, "schema") &&
  typeof value.schema === "string" &&
  value.schema.startsWith("moira-experiment/")
