/** Reads the result documents that other commands wrote. */
import {
  AnalysisDocument,
  CountsAnalysisDocument,
  ForecastDocument,
  OffloadDocument,
  PlaceDocument,
  type ResultDocument,
  SimulationDocument
} from "@moira/results"
import { Effect, Predicate, Result, Schema } from "effect"
import * as fs from "node:fs/promises"
import { ReportError } from "./report-error.ts"

type Decode = (value: unknown) => Result.Result<ResultDocument, { readonly message: string }>

/** Known forms by the value of their `schema` field. */
const forms: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  [AnalysisDocument.fields.schema.literal, Schema.decodeUnknownResult(AnalysisDocument)],
  [CountsAnalysisDocument.fields.schema.literal, Schema.decodeUnknownResult(CountsAnalysisDocument)],
  [ForecastDocument.fields.schema.literal, Schema.decodeUnknownResult(ForecastDocument)],
  [OffloadDocument.fields.schema.literal, Schema.decodeUnknownResult(OffloadDocument)],
  [PlaceDocument.fields.schema.literal, Schema.decodeUnknownResult(PlaceDocument)],
  [SimulationDocument.fields.schema.literal, Schema.decodeUnknownResult(SimulationDocument)]
])

const hint = "give a JSON file that `moira analyze`, `moira forecast`, `moira place` or `moira simulate` wrote"

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim()
  return line.length > 240 ? `${line.slice(0, 240)}…` : line
}

/** Checks a parsed value; `where` names it in errors. */
export const decodeDocument = (value: unknown, where: string): Result.Result<ResultDocument, ReportError> => {
  const name = Predicate.hasProperty(value, "schema") ? value.schema : undefined
  if (typeof name !== "string" || !name.startsWith("moira-")) {
    return Result.fail(new ReportError({ reason: "NotAResult", where, what: "not a Moira result", hint }))
  }
  const decode = forms.get(name)
  if (decode === undefined) {
    const known = [...forms.keys()]
    const sameKind = known.some((form) => form.split("/")[0] === name.split("/")[0])
    return Result.fail(
      new ReportError({
        reason: sameKind ? "OtherVersion" : "NotAResult",
        where,
        what: oneLine(`schema ${JSON.stringify(name)} is not one that this version reports on`),
        hint: sameKind ? `this version reads ${known.join(" and ")}: compute the result again` : hint
      })
    )
  }
  return Result.mapError(
    decode(value),
    (error) =>
      new ReportError({
        reason: "NotAResult",
        where,
        what: oneLine(`does not have the form of ${name}: ${error.message}`),
        hint: "compute the result again, or undo the edit",
        cause: error
      })
  )
}

/** Reads and checks one result file. */
export const readDocument = Effect.fn("report.readDocument")(function* (path: string) {
  const text = yield* Effect.tryPromise({
    try: () => fs.readFile(path, "utf8"),
    catch: (cause) =>
      new ReportError({
        reason: "Unreadable",
        where: path,
        what: Predicate.hasProperty(cause, "code") && cause.code === "ENOENT" ? "no such file" : "cannot be read",
        hint,
        cause
      })
  })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) =>
      new ReportError({
        reason: "NotJson",
        where: path,
        what: `not JSON: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`,
        hint,
        cause
      })
  })
  return yield* Effect.fromResult(decodeDocument(value, path))
})
