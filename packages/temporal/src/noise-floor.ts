/** What chance alone gives: the same figure for random splits of the same sizes. */
import { mean } from "@moira/core/statistics"
import type { NoiseFloor } from "@moira/results"

/** Mean and 95 % quantile (the smallest value that 95 % do not exceed) of some values, at least one. */
export const floorOf = (values: ReadonlyArray<number>): NoiseFloor => ({
  mean: mean(values),
  high: values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1]!
})

/** Share of the random splits, the real one among them, at which the figure is at least `observed`. */
export const pValueOf = (observed: number, values: ReadonlyArray<number>): number =>
  (1 + values.filter((value) => value >= observed).length) / (1 + values.length)

/** Mean over layers of each random split: entry d of the result is the mean of entries d. */
export const meanOfDraws = (layers: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> =>
  layers[0]!.map((_, d) => layers.reduce((sum, values) => sum + values[d]!, 0) / layers.length)
