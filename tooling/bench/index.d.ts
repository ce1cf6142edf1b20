/** One thing to measure; `run` does the whole work once and may be asynchronous. */
export interface Candidate {
  readonly name: string
  readonly run: () => unknown
  /** Work done by one run, for the rate; the same unit for all candidates of a comparison. */
  readonly amount?: number
  readonly unit?: string
}

export interface Outcome {
  readonly name: string
  /** Median CPU seconds of a run. */
  readonly cpuSeconds: number
  /** Median over rounds of baseline's CPU time / this one's, within the round: above 1 is faster than the baseline. */
  readonly ratio: number
}

/**
 * Measures candidates in interleaved rounds and prints ratios against the first, the named baseline. CPU time, because
 * neighbours disturb wall time; ratios within a round, because the machine's speed drifts.
 */
export declare const compare: (
  title: string,
  candidates: ReadonlyArray<Candidate>,
  options?: { readonly rounds?: number }
) => Promise<ReadonlyArray<Outcome>>
