/** What an experiment can run: one file of this folder for each word of `run`. */
import type { Plugins, Runner } from "@moira/core"
import type { ResultDocument, RunResult } from "@moira/results"
import type { ExperimentPoint } from "@moira/simulator"
import type { Effect, Scope } from "effect"
import type { ExperimentInputs, OpenedSource } from "../inputs.ts"
import type { ExperimentDocument, RunKind } from "../schema.ts"

/** What one point gives. */
export interface Computed {
  readonly document: ResultDocument
  /** Documents of analyses of other makers, each of its own kind; its file has the name of the analysis. */
  readonly others?: ReadonlyArray<{ readonly name: string; readonly document: ResultDocument }>
  /** Files beside the document, by path: what engines load. */
  readonly files?: ReadonlyMap<string, string>
}

/** Runs that share the reading of the trace with those of other points that have the same `window`. */
export interface SharedRuns {
  readonly window: string
  readonly points: ReadonlyArray<ExperimentPoint>
  readonly assemble: (runs: ReadonlyArray<RunResult>) => Computed
}

/** What one tells a person of a failure, in the fields that all errors have. */
export interface Failure {
  readonly reason: string
  readonly where: string
  readonly what: string
  readonly hint: string
}

/** A point whose names are resolved and whose machine is built: nothing of the document can be wrong any more. */
export interface PreparedPoint<R = Runner | Plugins | ExperimentInputs | Scope.Scope> {
  /** Plain data that the result depends on, beside the trace's content and the version of Moira. */
  readonly identity: unknown
  /** Digests of files that the document names, by name. */
  readonly files: Readonly<Record<string, string>>
  /** Fields that the document leaves open and that were chosen by where it is run; whoever runs it again needs them. */
  readonly described?: Readonly<Record<string, unknown>>
  readonly work: { readonly shared: SharedRuns } | { readonly alone: Effect.Effect<Computed, Error, R> }
}

/** One word of `run`. */
export interface ExperimentRun<K extends RunKind = RunKind> {
  readonly run: K
  /** Name of the result's file where it has a folder to itself: `simulation.json`. */
  readonly file: string
  readonly prepare: (
    document: Extract<ExperimentDocument, { readonly run: K }>,
    source: OpenedSource
  ) => Effect.Effect<PreparedPoint, Error, Plugins | ExperimentInputs | Scope.Scope>
}
