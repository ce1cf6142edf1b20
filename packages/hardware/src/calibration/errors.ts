/** How far modelled times are from measured ones. */

export interface TimedPair {
  readonly measuredPs: number
  readonly modelledPs: number
}

/** Relative error with its sign: 0.05 where the model is 5 % too slow. */
export const timeError = ({ measuredPs, modelledPs }: TimedPair): number => modelledPs / measuredPs - 1

/** Middle value; the mean of the middle two of an even count, 0 of none. */
const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2
}

/** Median of the absolute relative errors. */
export const medianError = (pairs: ReadonlyArray<TimedPair>): number =>
  median(pairs.map((pair) => Math.abs(timeError(pair))))
