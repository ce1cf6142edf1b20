/** What the study leaves open in its predictor (IV-E.5), as data. */

/**
 * Which of the experts that a unit reads from afar it keeps. `next`: those predicted for the next token, as in the study's
 * example, where a die reads experts 1 and 4, predicts 2, 4 and 6 from them and keeps 4. `now`: those that the previous token
 * predicted for this one, one token late.
 */
export type Keeps = "next" | "now"

export interface Reading {
  readonly keeps: Keeps
  /** The study's n: experts taken from each heatmap row. */
  readonly candidates: number
}

/** Its example takes two of each row and its table marks any number; `sensitivity` shows what four times as many do. */
export const topCandidates = 16
