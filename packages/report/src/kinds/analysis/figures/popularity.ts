/** Popularity in the unit of the figures: selections over the layer's mean, so that 1 is an even load. */
import { mean } from "@moira/core/statistics"

export const overMean = (counts: ReadonlyArray<number>): ReadonlyArray<number> => {
  const average = mean(counts)
  return average > 0 ? counts.map((c) => c / average) : counts.map(() => 0)
}
