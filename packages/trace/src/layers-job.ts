/** What the jobs of a parallel analysis are asked. */
import type { LayerRange } from "../accumulator.ts"

/** How a job makes an accumulator: it imports `module` and calls its export `name` with the context and `options`. */
export interface AccumulatorSource {
  /** URL of an ES module. */
  readonly module: string
  readonly name: string
  /** Plain data that can be copied to a thread. */
  readonly options: unknown
}

export interface LayersJob {
  /** Directory of the store, which each job opens itself. */
  readonly store: string
  readonly range: LayerRange
  readonly chunkRequests: number | undefined
  readonly sources: Readonly<Record<string, AccumulatorSource>>
}

/** States by accumulator. */
export type LayersAnswer = Readonly<Record<string, unknown>>
