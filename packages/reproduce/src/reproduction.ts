/** The seam to reproductions: one figure or table of the study, what it published, and how to measure the same. */
import type { Figure } from "@moira/report"
import type { ReproducedRow } from "./document.ts"
import type { ResultDocument } from "@moira/results"
import { pluginKind, type Plugins } from "@moira/core"
import { type Effect } from "effect"
import type { Bench, ExperimentError } from "./bench.ts"

export const reproductionContract = "reproduction/v1"

/** What an experiment gives: the comparison, and the documents whose figures go with it. */
export interface Outcome {
  readonly rows: ReadonlyArray<ReproducedRow>
  /** Documents to draw; {@link Reproduction.figures} says which of their figures. */
  readonly documents: ReadonlyArray<ResultDocument>
  /** Pictures of what no result document holds. */
  readonly drawings?: ReadonlyArray<Figure>
  /** What a reader must know to judge the rows. */
  readonly notes: ReadonlyArray<string>
}

/** A published value is compared with what was measured; it never enters a computation. */
export interface Reproduction {
  readonly contract: typeof reproductionContract
  readonly title: string
  /** What the study claims, in one sentence. */
  readonly claim: string
  /** Ids of report figures that show the same. */
  readonly figures: ReadonlyArray<string>
  /** Whether it measures traces; where nothing asked for does, no twin is made. True when left out. */
  readonly needsTraces?: boolean
  readonly run: (bench: Bench) => Effect.Effect<Outcome, ExperimentError, Plugins>
}

/** Built-in experiments are the files of `experiments/`; others are packages or paths. */
export const reproductionKind = pluginKind<Reproduction>({
  name: "reproduction",
  contract: reproductionContract,
  home: "@moira/reproduce/experiments",
  from: import.meta.url
})
