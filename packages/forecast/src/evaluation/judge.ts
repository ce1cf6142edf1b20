/** What forecasts of test tokens were worth: the seam between plain loops and WebAssembly. */

/** What is counted of every predictor. */
export interface JudgeSetup {
  readonly experts: number
  readonly topK: number
  /** Ascending; holds `topK`. */
  readonly tops: ReadonlyArray<number>
  /** Capacities of caches. */
  readonly caches: ReadonlyArray<number>
  /** Test requests. */
  readonly tests: number
}

/** What one predictor did. Arrays are by test request, in the order of the trace. */
export interface Verdict {
  /** By n of `tops`: selections among the n best scores. */
  readonly hits: ReadonlyArray<Uint32Array>
  /** By position bin: selections among the top-k best scores. */
  readonly hitsAt: Uint32Array
  /** Minus log2 of the share given to what was chosen, summed; meaningful of probabilities only. */
  readonly bits: number
  /** By capacity. */
  readonly caches: ReadonlyArray<{ readonly hits: Uint32Array; readonly fetched: number }>
}

export interface Judge {
  /**
   * What every predictor scored, of a token of the test request `place` in position bin `bin` that chose `ids[from]` to
   * `ids[to]`. Hot, no allocation.
   */
  readonly token: (place: number, bin: number, ids: Uint16Array, from: number, to: number) => void
  /** By predictor. */
  readonly verdicts: () => ReadonlyArray<Verdict>
}

/** Position bins: decode step 0, 1, 2-3, 4-7, 8-15, ... */
export const positionBin = (step: number): number => 32 - Math.clz32(step)
export const positionBins = 33
