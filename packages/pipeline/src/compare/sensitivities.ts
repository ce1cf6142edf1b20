/** What each numeric parameter moves while all others stand still. */
import { greatestOf, leastOf, mean } from "@moira/core/statistics"
import type { ComparedRow, Sensitivity } from "@moira/results"
import { meanFactor } from "./factors.ts"
import { elasticityOf, type Line, linesAlong } from "./lines.ts"
import { rateOfRow } from "./rows.ts"
import { labelWithout, type Table } from "./table.ts"

/** Numeric parameters with two values at least. */
export const numericAxes = ({ axes, cells }: Table): ReadonlyArray<string> =>
  axes.filter(
    (field) => new Set(cells.flatMap(({ at }) => (typeof at[field] === "number" ? [at[field]] : []))).size > 1
  )

interface Measured {
  readonly from: number
  readonly to: number
  readonly elasticity: number | undefined
  readonly factor: number
  readonly costElasticity: number | undefined
}

/** One line; undefined where a row of it has no throughput. */
const measure = ({ points }: Line, rows: ReadonlyArray<ComparedRow>, costId: string): Measured | undefined => {
  const of = points.flatMap(({ value, row }) => {
    const rate = rateOfRow(rows[row]!)
    return rate === undefined ? [] : [{ value, rate, cost: rows[row]!.metrics[costId] }]
  })
  const [first, last] = [of[0], of.at(-1)]
  if (first === undefined || last === undefined || !(last.value > first.value)) return undefined
  const costs = of.flatMap(({ value, cost }) => (cost === undefined ? [] : [{ x: value, y: cost }]))
  return {
    from: first.value,
    to: last.value,
    elasticity: elasticityOf(of.map(({ value, rate }) => ({ x: value, y: rate }))),
    factor: last.rate / first.rate,
    costElasticity: costs.length === of.length ? elasticityOf(costs) : undefined
  }
}

/** By field and strategy, those that move throughput most first. */
export const sensitivitiesOf = (
  table: Table,
  rows: ReadonlyArray<ComparedRow>,
  costId: string
): ReadonlyArray<Sensitivity> => {
  const all = numericAxes(table).flatMap((field) => {
    const lines = linesAlong(field, table.axes, table.cells)
    const groups = Map.groupBy(lines, ({ first }) => labelWithout(table.strategies[first.strategy]!, field))
    return [...groups].flatMap(([name, of]): ReadonlyArray<Sensitivity> => {
      const members = of.flatMap(({ points }) => points.map(({ row }) => rows[row]!.strategy))
      const measured = of.flatMap((line) => measure(line, rows, costId) ?? [])
      const factor = meanFactor(measured.map((one) => one.factor))
      if (factor === null) return []
      const elasticities = measured.flatMap(({ elasticity }) => elasticity ?? [])
      const known = elasticities.length === measured.length
      const costs = measured.flatMap(({ costElasticity }) => costElasticity ?? [])
      return [
        {
          field,
          strategies: [...new Set(members)].toSorted((a, b) => a - b),
          of: name,
          lines: measured.length,
          from: leastOf(measured.map(({ from }) => from)),
          to: greatestOf(measured.map(({ to }) => to)),
          elasticity: known ? mean(elasticities) : null,
          elasticityLeast: known ? leastOf(elasticities) : null,
          elasticityGreatest: known ? greatestOf(elasticities) : null,
          factor,
          costElasticity: costs.length === measured.length ? mean(costs) : null
        }
      ]
    })
  })
  const moved = ({ factor }: Sensitivity) => Math.abs(Math.log(factor.factor))
  return all.toSorted(
    (a, b) =>
      moved(b) - moved(a) || (a.field < b.field ? -1 : a.field > b.field ? 1 : a.strategies[0]! - b.strategies[0]!)
  )
}

/** Numeric parameters that never vary alone. */
export const unlined = (table: Table, sensitivities: ReadonlyArray<Sensitivity>): ReadonlyArray<string> =>
  numericAxes(table).filter((field) => field !== "units" && sensitivities.every((one) => one.field !== field))
