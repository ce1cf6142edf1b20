/** Lines through the table: rows that differ in one numeric parameter alone. */
import { sum } from "@moira/core/statistics"
import { sideOf, valueAt } from "./parameters.ts"
import type { Cell } from "./table.ts"

export interface Line {
  /** By value of the field, ascending; at least two. */
  readonly points: ReadonlyArray<{ readonly value: number; readonly row: number }>
  /** What tells it from other lines. */
  readonly first: Cell
}

/** The number of units follows from other fields of a spec, and other fields from it where it is asked for. */
const held = (field: string, axes: ReadonlyArray<string>, cells: ReadonlyArray<Cell>): ReadonlyArray<string> => {
  const others = axes.filter((other) => other !== field)
  // Traces differ in their content where what they were made by does.
  if (field.startsWith("trace.")) return others.filter((other) => other !== "trace")
  if (field !== "units") return sideOf(field) === "machine" ? others.filter((other) => other !== "units") : others
  return others.filter((other) => {
    if (sideOf(other) !== "machine" || other === "machine") return true
    const seen = new Map<unknown, unknown>()
    return cells.some(({ at }) => {
      const units = valueAt(at, "units")
      if (!seen.has(units)) seen.set(units, valueAt(at, other))
      return seen.get(units) !== valueAt(at, other)
    })
  })
}

/** Lines along a field, in order of their first rows; `rows` are the numbers of the cells. */
export const linesAlong = (
  field: string,
  axes: ReadonlyArray<string>,
  cells: ReadonlyArray<Cell>
): ReadonlyArray<Line> => {
  const fixed = held(field, axes, cells)
  const numbered = cells.flatMap((cell, row) => {
    const value = valueAt(cell.at, field)
    return typeof value === "number" ? [{ cell, row, value }] : []
  })
  return [...Map.groupBy(numbered, ({ cell }) => JSON.stringify(fixed.map((axis) => valueAt(cell.at, axis)))).values()]
    .map((group) => ({
      points: group.toSorted((a, b) => a.value - b.value).map(({ value, row }) => ({ value, row })),
      first: group[0]!.cell
    }))
    .filter(({ points }) => points.at(-1)!.value > points[0]!.value)
}

/** Slope of ln y over ln x by least squares; undefined where a value is not above 0. */
export const elasticityOf = (points: ReadonlyArray<{ readonly x: number; readonly y: number }>): number | undefined => {
  if (points.some(({ x, y }) => !(x > 0) || !(y > 0))) return undefined
  const [xs, ys] = [points.map(({ x }) => Math.log(x)), points.map(({ y }) => Math.log(y))]
  const [x0, y0] = [sum(xs) / xs.length, sum(ys) / ys.length]
  const width = sum(xs.map((x) => (x - x0) ** 2))
  return width > 0 ? sum(xs.map((x, i) => (x - x0) * (ys[i]! - y0))) / width : undefined
}
