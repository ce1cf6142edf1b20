/** Throughput along one field, a curve for everything else that varies. */
import { type ComparedRow, type ScalingCurve, type Sensitivity } from "@moira/results"
import { breaksOf } from "./breaks.ts"
import { linesAlong } from "./lines.ts"
import { sideOf, valueAt } from "./parameters.ts"
import { rateOfRow } from "./rows.ts"
import { labelWithout, parameterLabel, type Table } from "./table.ts"

/** The field that curves run along when nobody chooses: of the machine before others, the one that moves the strategy most. */
export const usualField = (sensitivities: ReadonlyArray<Sensitivity>, strategy: number): string | null => {
  const own = sensitivities.filter(({ strategies }) => strategies.includes(strategy))
  const all = own.length === 0 ? sensitivities : own
  return (all.find(({ field }) => sideOf(field) === "machine") ?? all[0])?.field ?? null
}

export const scalingOf = (
  table: Table,
  rows: ReadonlyArray<ComparedRow>,
  field: string
): ReadonlyArray<ScalingCurve> => {
  const words = table.axes.filter((axis) => axis !== field && axis !== "units" && sideOf(axis) === "machine")
  return linesAlong(field, table.axes, table.cells).flatMap(({ points: all, first }): ReadonlyArray<ScalingCurve> => {
    const points = all.flatMap(({ value, row }) => {
      const rate = rateOfRow(rows[row]!)
      return rate === undefined ? [] : [{ value, row, rate, binds: rows[row]!.binds[0]?.name ?? null }]
    })
    if (points.length < 2) return []
    const positive = points.every(({ value }) => value > 0)
    return [
      {
        setting: first.setting,
        strategies: [...new Set(points.map(({ row }) => rows[row]!.strategy))].toSorted((a, b) => a - b),
        of: labelWithout(table.strategies[first.strategy]!, field),
        label: words.map((axis) => parameterLabel(axis, valueAt(first.at, axis))).join(", "),
        points: points.map(({ value, row, rate }, i) => {
          const before = points[i - 1]
          return {
            value,
            row,
            elasticity:
              before === undefined || !positive ? null : Math.log(rate / before.rate) / Math.log(value / before.value)
          }
        }),
        breaks: positive ? breaksOf(points) : []
      }
    ]
  })
}
