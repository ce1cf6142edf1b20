/** From axes to points: every combination of what varies, in the order of the document. */
import { formatCount } from "@moira/core"
import { Result } from "effect"
import { ExperimentError } from "./error.ts"
import { fieldName, fieldPath, type FieldPath, withValue } from "./fields.ts"
import type { ExperimentDocument, RunKind } from "./schema.ts"
import type { Axis, FieldAxis } from "./schema-parts.ts"

/** Points that one document may have, at most: a folder holds a file of each. */
export const maxPoints = 100_000

/** One value that a point puts in one place of the document. */
export interface Put {
  readonly path: FieldPath
  /** As axes, tables and `--by` name it. */
  readonly field: string
  /** Where the document says so: `axes[1].list[2]`. */
  readonly where: string
  readonly value: unknown
}

/** Values that an axis puts together, one for each of its fields. */
type Step = ReadonlyArray<Put>

const bad = (where: string, what: string, hint: string) =>
  Result.fail(new ExperimentError({ reason: "BadValue", where, what, hint }))

type Values = Omit<FieldAxis, "field">

/** The values of an axis; ends are themselves to the last bit. */
const valuesOf = (axis: Values, where: string): Result.Result<ReadonlyArray<unknown>, ExperimentError> => {
  if (axis.list !== undefined) return Result.succeed(axis.list)
  const isLog = axis.log !== undefined
  const { from, to, points, round = false } = (axis.log ?? axis.linear)!
  const at = `${where}.${isLog ? "log" : "linear"}`
  if (isLog && !(from > 0 && to > 0))
    return bad(at, `from ${from} to ${to}: ratios need numbers above 0`, "give linear")
  if (points > maxPoints) return tooMany(at, points)
  if (points === 1 && from !== to)
    return bad(at, "one point, and two ends", "give 2 points or more, or a list of one value")
  const values = Array.from({ length: points }, (_, i) => {
    const share = points === 1 ? 0 : i / (points - 1)
    const value =
      share === 0 ? from : share === 1 ? to : isLog ? from * (to / from) ** share : from + (to - from) * share
    return round ? Math.round(value) : value
  })
  return Result.succeed([...new Set(values)])
}

const tooMany = (where: string, points: number) =>
  Result.fail(
    new ExperimentError({
      reason: "TooManyPoints",
      where,
      what: `${Number.isSafeInteger(points) ? formatCount(points) : points.toExponential(1)} points, of ${formatCount(maxPoints)} at most`,
      hint: "give fewer values, or cut the experiment into several documents"
    })
  )

const putsOf = (
  run: RunKind,
  field: string,
  fieldWhere: string,
  values: ReadonlyArray<unknown>,
  where: (i: number) => string
): Result.Result<ReadonlyArray<Put>, ExperimentError> =>
  Result.map(fieldPath(run, field, fieldWhere), (path) =>
    values.map((value, i) => ({ path, field: fieldName(path), where: where(i), value }))
  )

/** Steps of an axis of one field. */
const fieldSteps = (run: RunKind, { field, ...axis }: FieldAxis, at: string) =>
  Result.gen(function* () {
    const values = yield* valuesOf(axis, at)
    const puts = yield* putsOf(run, field, `${at}.field`, values, (i) =>
      axis.list === undefined ? at : `${at}.list[${i}]`
    )
    return puts.map((put): Step => [put])
  })

/** Dimensions of one axis: a grid has one for each of its fields. */
const dimensionsOf = (
  run: RunKind,
  axis: Axis,
  at: string
): Result.Result<ReadonlyArray<ReadonlyArray<Step>>, ExperimentError> =>
  Result.gen(function* () {
    const { field, zip, grid } = axis
    if (zip !== undefined) {
      const columns: Array<ReadonlyArray<Step>> = []
      for (const [i, one] of zip.entries()) columns.push(yield* fieldSteps(run, one, `${at}.zip[${i}]`))
      const length = columns[0]!.length
      const other = columns.findIndex((column) => column.length !== length)
      if (other >= 0)
        return yield* bad(
          `${at}.zip[${other}]`,
          `${columns[other]!.length} values beside ${length}`,
          "fields that move together need as many values each"
        )
      return [columns[0]!.map((_, i): Step => columns.flatMap((column) => column[i]!))]
    }
    if (grid !== undefined) {
      const dimensions: Array<ReadonlyArray<Step>> = []
      for (const [name, list] of Object.entries(grid))
        dimensions.push(yield* fieldSteps(run, { field: name, list }, `${at}.grid.${name}`))
      return dimensions
    }
    return [yield* fieldSteps(run, { ...axis, field: field! }, at)]
  })

/** Where the field of a value is named. */
const fieldWhere = (where: string): string =>
  /^seeds|\.grid\./.test(where) ? where.replace(/\[\d+\]$/, "") : `${where.replace(/\.list\[\d+\]$/, "")}.field`

/** Two paths of which one is the other or leads to it. */
const clash = (a: FieldPath, b: FieldPath): boolean => a.slice(0, b.length).every((part, i) => part === b[i])

/** Fields that vary, and for each point what it puts there; one point that puts nothing where no axis is. */
export interface Design {
  readonly fields: ReadonlyArray<string>
  readonly points: ReadonlyArray<ReadonlyArray<Put>>
}

/** The points of a document; the last axis varies fastest, seeds faster still. */
export const designOf = (document: ExperimentDocument): Result.Result<Design, ExperimentError> =>
  Result.gen(function* () {
    const { run, axes = [], seeds } = document
    const dimensions: Array<ReadonlyArray<Step>> = []
    for (const [i, axis] of axes.entries()) dimensions.push(...(yield* dimensionsOf(run, axis, `axes[${i}]`)))
    if (seeds !== undefined)
      dimensions.push(
        [...new Set(seeds)].map((value, i): Step => [{ path: ["seed"], field: "seed", where: `seeds[${i}]`, value }])
      )
    const first = dimensions.flatMap(([step]) => step ?? [])
    for (const [i, { path, field, where }] of first.entries()) {
      const before = first.slice(0, i).find((other) => clash(path, other.path) || clash(other.path, path))
      if (before === undefined) continue
      return yield* Result.fail(
        new ExperimentError({
          reason: "AxisTwice",
          where: fieldWhere(where),
          what: `${field} varies already by ${fieldWhere(before.where)}`,
          hint: "one field, one axis: put all values in one list, or move fields together with zip"
        })
      )
    }
    const count = dimensions.reduce((product, dimension) => product * dimension.length, 1)
    if (count > maxPoints) return yield* tooMany("axes", count)
    let points: ReadonlyArray<ReadonlyArray<Put>> = [[]]
    for (const dimension of dimensions) points = points.flatMap((puts) => dimension.map((step) => [...puts, ...step]))
    return { fields: first.map(({ field }) => field), points }
  })

/** The document of one point: no axes, no seeds, its values in place. */
export const settingDocument = (document: ExperimentDocument, puts: ReadonlyArray<Put>): unknown => {
  const { axes: _, seeds: __, ...rest } = document
  return puts.reduce<unknown>((one, { path, value }) => withValue(one, path, value), rest)
}
