/** Checks the result documents that other commands wrote, by the kinds that are known. */
import { knownNames, PluginReference } from "@moira/core"
import { type ResultDocument, type ResultKind, wasChanged, withoutDigest } from "@moira/results"
import { Predicate, Result, Schema } from "effect"
import { ReportError } from "./report-error.ts"

export const howToMakeOne =
  "give a JSON file that `moira analyze`, `moira forecast`, `moira place` or `moira simulate` wrote"

export const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim()
  return line.length > 240 ? `${line.slice(0, 240)}…` : line
}

/** A field that is text, where there is one. */
const textOf = (value: unknown, field: string): string | undefined => {
  const found = Predicate.hasProperty(value, field) ? value[field] : undefined
  return typeof found === "string" ? found : undefined
}

/** The plug-ins of other makers that a document says it was made with, kinds of result before analyses and the rest. */
const makersOf = (value: unknown): ReadonlyArray<string> => {
  const plugins: ReadonlyArray<unknown> =
    Predicate.hasProperty(value, "plugins") && Array.isArray(value.plugins) ? value.plugins : []
  const found = plugins.flatMap((plugin) => {
    const name = textOf(plugin, "package")
    const kind = textOf(plugin, "kind") ?? ""
    const version = textOf(plugin, "version")
    return name === undefined || name.startsWith("@moira/")
      ? []
      : [{ name, kind, words: version === undefined ? name : `${name} ${version}` }]
  })
  const rank = (kind: string) => (kind.includes("result") ? 0 : kind === "analysis" ? 1 : 2)
  return found.toSorted((a, b) => rank(a.kind) - rank(b.kind)).map(({ words }) => words)
}

const unknownSchema = (
  kinds: ReadonlyArray<ResultKind>,
  value: unknown,
  schema: string,
  where: string
): ReportError => {
  const known = [...new Set(kinds.map((kind) => kind.schema))]
  const name = (form: string) => form.split("/")[0]
  const others = known.filter((form) => name(form) === name(schema))
  const maker = makersOf(value)[0]
  return new ReportError({
    reason: others.length > 0 ? "OtherVersion" : "NotAResult",
    where,
    what: oneLine(`schema ${JSON.stringify(schema)} is not one that this version reports on`),
    hint:
      others.length > 0
        ? `this version reads ${others.join(" and ")}: compute the result again`
        : maker !== undefined
          ? `package ${oneLine(maker)} knows it: install it and name it with --kind; known without are ${knownNames(schema, known, 4)}`
          : `known are ${knownNames(schema, known, 4)}; name the package or file that knows it with --kind, or ${howToMakeOne}`
  })
}

const provenance = Schema.decodeUnknownResult(
  Schema.Struct({ plugins: Schema.optionalKey(Schema.Array(PluginReference)) })
)

/** A document by its kind, and the plug-ins that made it, which kinds need not know of. */
const withProvenance = <D extends ResultDocument>(kind: ResultKind<D>) => {
  const decode = Schema.decodeUnknownResult(kind.document)
  return (value: unknown): Result.Result<ResultDocument, Schema.SchemaError> =>
    Result.flatMap(decode(value), (document) => Result.map(provenance(value), (made) => ({ ...document, ...made })))
}

/** Checks a parsed value by its `schema`; `where` names it in errors. */
export const decodeDocument = (
  kinds: ReadonlyArray<ResultKind>
): ((value: unknown, where: string) => Result.Result<ResultDocument, ReportError>) => {
  const bySchema = new Map(kinds.map((kind) => [kind.schema, withProvenance(kind)]))
  return (value, where) => {
    const schema = textOf(value, "schema")
    // Moira's own schemas say whose they are; those of others are results where they say by which version.
    if (schema === undefined || !(schema.startsWith("moira-") || textOf(value, "moira") !== undefined)) {
      return Result.fail(
        new ReportError({ reason: "NotAResult", where, what: "not a Moira result", hint: howToMakeOne })
      )
    }
    if (wasChanged(value))
      return Result.fail(
        new ReportError({
          reason: "Changed",
          where,
          what: "it was changed after it was written: its digest is not of what it says",
          hint: "compute the result again, or restore the file from a copy"
        })
      )
    const decode = bySchema.get(schema)
    if (decode === undefined) return Result.fail(unknownSchema(kinds, value, schema, where))
    return Result.mapError(
      decode(withoutDigest(value)),
      (error) =>
        new ReportError({
          reason: "NotAResult",
          where,
          what: oneLine(`does not have the form of ${schema}: ${error.message}`),
          hint: "compute the result again, or undo the edit",
          cause: error
        })
    )
  }
}
