/** What the jobs of parallel analyses are asked. */
import type { LayerRange } from "./accumulator.ts"
import type { AnalysisOptions } from "./analysis.ts"

export interface LayersJob {
  /** URL of the module that opens the trace again, and what it opens. */
  readonly opener: string
  readonly location: string
  readonly range: LayerRange
  readonly chunkRequests: number | undefined
  /** URLs of modules whose default exports are the analyses. */
  readonly analyses: ReadonlyArray<string>
  readonly options: AnalysisOptions
}

/** States, one for each analysis. */
export type LayersAnswer = ReadonlyArray<unknown>
