/** Factors of throughput between rows that differ in one side only: strategies on one machine, or machines under one strategy. */
import { greatestOf, leastOf, mean } from "@moira/core/statistics"
import type { ComparedFactor } from "@moira/results"
import type { Cell } from "./table.ts"

export const rateId = "throughput_tokens_per_s"

/** Above 0, or undefined. */
export const rateOf = (metrics: Readonly<Record<string, number>>): number | undefined => {
  const rate = metrics[rateId]
  return rate !== undefined && rate > 0 ? rate : undefined
}

/** The geometric mean with the least and the greatest; `null` of nothing. */
export const meanFactor = (factors: ReadonlyArray<number>): ComparedFactor | null =>
  factors.length === 0
    ? null
    : {
        factor: factors.length === 1 ? factors[0]! : Math.exp(mean(factors.map((factor) => Math.log(factor)))),
        least: leastOf(factors),
        greatest: greatestOf(factors),
        pairs: factors.length
      }

/** Throughput over that of another row, seed by seed; only seeds that both have count. */
export const factorOver = (cell: Cell, other: Cell | undefined): ComparedFactor | null =>
  meanFactor(
    [...cell.runs].flatMap(([seed, { metrics }]) => {
      const [above, below] = [rateOf(metrics), rateOf(other?.runs.get(seed)?.metrics ?? {})]
      return above === undefined || below === undefined ? [] : [above / below]
    })
  )

/** Finds the row of a setting, machine and strategy. */
export const finder = (cells: ReadonlyArray<Cell>) => {
  const key = (setting: number, machine: number, strategy: number) => `${setting}/${machine}/${strategy}`
  const all = new Map(cells.map((cell) => [key(cell.setting, cell.machine, cell.strategy), cell]))
  return (setting: number, machine: number, strategy: number): Cell | undefined =>
    all.get(key(setting, machine, strategy))
}
