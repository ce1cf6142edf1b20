/** Results to compare: files, and folders of sweeps with the values of their points. */
import { taggedProblem } from "@moira/core"
import type { ComparedDocument } from "@moira/pipeline"
import { decodeDocument } from "@moira/report"
import { type NotMeasured, ParameterValue, parameterText, resultKinds } from "@moira/results"
import { Effect, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { readText } from "./read-text.ts"

/** A folder holds nothing to compare. */
class ResultsError extends taggedProblem("ResultsError", ["Nothing"]) {}

export interface ReadResults {
  readonly documents: ReadonlyArray<ComparedDocument>
  /** Points that are not there, and why. */
  readonly missing: ReadonlyArray<NotMeasured>
}

const Values = Schema.Record(Schema.String, Schema.Unknown)

/** As much of `sweep.json` as is read; what else it says is left alone. */
const Sweep = Schema.Struct({
  points: Schema.Array(
    Schema.Struct({
      key: Schema.String,
      at: Schema.optionalKey(Values),
      state: Schema.optionalKey(Schema.String),
      file: Schema.optionalKey(Schema.NullOr(Schema.String)),
      failure: Schema.optionalKey(Schema.Struct({ what: Schema.String }))
    })
  )
})
type Point = (typeof Sweep.Type)["points"][number]

const decodeSweep = Schema.decodeUnknownResult(Schema.fromJsonString(Sweep))
const isValue = Schema.is(ParameterValue)
const decode = decodeDocument(Object.values(resultKinds))
const compared: ReadonlySet<string> = new Set([resultKinds.simulation.schema, resultKinds.offload.schema])

/** Numbers and words as they are, lists and truth values as JSON. */
const valuesOf = (at: Point["at"]): NonNullable<ComparedDocument["at"]> =>
  Object.fromEntries(
    Object.entries(at ?? {}).flatMap(([field, value]) =>
      isValue(value) ? [[field, value]] : value === null || value === undefined ? [] : [[field, JSON.stringify(value)]]
    )
  )

const read = (file: string) =>
  readText(file, {
    what: (words) => `cannot be read: ${words.split(",")[0]}`,
    hint: "give result documents that `moira simulate` wrote, or folders of sweeps"
  })

const parsed = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`
  })

/** A file that is named must be a result. */
const readFile = Effect.fn("cli.readResult")(function* (file: string) {
  const value = parsed(yield* read(file))
  if (Result.isFailure(value))
    return yield* new ResultsError({
      reason: "Nothing",
      where: file,
      what: value.failure,
      hint: "give result documents that `moira simulate` wrote, or folders of sweeps"
    })
  return { document: yield* Effect.fromResult(decode(value.success, file)), name: file } satisfies ComparedDocument
})

const jsonFiles = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => path.join(folder, name))

/** What a point says of itself where it is not there. */
const lost = ({ key, at, state, failure }: Point, why?: string): NotMeasured => {
  const values = Object.entries(valuesOf(at)).map(([field, value]) => parameterText(field, value))
  return { what: `Point ${values.join(", ") || key}`, why: why ?? failure?.what ?? state ?? "not there" }
}

/** A sweep's points by the file that holds them; none where there is no `sweep.json`, or one of another form. */
const pointsOf = (folder: string): ReadonlyArray<Point> => {
  const file = path.join(folder, "sweep.json")
  if (!fs.existsSync(file)) return []
  return Result.getOrElse(
    Result.map(decodeSweep(fs.readFileSync(file, "utf8")), ({ points }) => points),
    () => []
  )
}

const readFolder = Effect.fn("cli.readResults")(function* (folder: string) {
  const below = path.join(folder, "points")
  const files = jsonFiles(fs.existsSync(below) ? below : folder)
  const points = pointsOf(folder)
  const fileOf = ({ key, file }: Point) => path.resolve(folder, file ?? path.join("points", `${key}.json`))
  const byFile = new Map(points.map((point) => [fileOf(point), point]))
  // Points are in the order of the experiment, files by their keys.
  const order = new Map(points.map((point, i) => [fileOf(point), i]))
  const place = (file: string) => order.get(path.resolve(file)) ?? points.length
  const documents: Array<ComparedDocument> = []
  const missing: Array<NotMeasured> = []
  const there = new Set<string>()
  for (const file of files.toSorted((a, b) => place(a) - place(b))) {
    const point = byFile.get(path.resolve(file))
    const value = Result.flatMap(parsed(yield* read(file)), (json) =>
      Result.mapError(decode(json, file), ({ what }) => what)
    )
    if (Result.isSuccess(value) && compared.has(value.success.schema)) {
      there.add(path.resolve(file))
      documents.push({
        document: value.success,
        name: point?.key ?? path.basename(file, ".json"),
        at: valuesOf(point?.at)
      })
    } else if (point !== undefined && Result.isFailure(value)) {
      there.add(path.resolve(file))
      missing.push(lost(point, value.failure))
    }
  }
  missing.push(...points.filter((point) => !there.has(fileOf(point))).map((point) => lost(point)))
  if (documents.length === 0)
    return yield* new ResultsError({
      reason: "Nothing",
      where: folder,
      what: missing.length === 0 ? "no result document in it" : `none of its ${missing.length} points has a result`,
      hint: "give the folder that a sweep was written to, or documents that `moira simulate` wrote"
    })
  return { documents, missing } satisfies ReadResults
})

/** Documents of files and folders, in the order given. */
export const readResults = Effect.fn("cli.readAllResults")(function* (paths: ReadonlyArray<string>) {
  const all = yield* Effect.forEach(paths, (given) => {
    const isFolder = fs.existsSync(given) && fs.statSync(given).isDirectory()
    return isFolder
      ? readFolder(given)
      : Effect.map(readFile(given), (document) => ({ documents: [document], missing: [] }))
  })
  return {
    documents: all.flatMap(({ documents }) => documents),
    missing: all.flatMap(({ missing }) => missing)
  } satisfies ReadResults
})
