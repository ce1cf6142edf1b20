/** Popularity in the unit of the figures: selections over the layer's mean, so that 1 is an even load. */
export const overMean = (counts: ReadonlyArray<number>): ReadonlyArray<number> => {
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length
  return mean > 0 ? counts.map((c) => c / mean) : counts.map(() => 0)
}
