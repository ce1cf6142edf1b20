/** A short command is an experiment document: it is shown, or run where the user is. */
import { Runner } from "@moira/core"
import { type ExperimentDocument, experimentText, runExperiment } from "@moira/pipeline"
import { folderInputs } from "@moira/pipeline/node"
import { Effect } from "effect"
import { Flag } from "effect/cli"
import { readCounts } from "../inputs/counts.ts"
import { print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { finishRun, type Output } from "./finish.ts"

export const printExperiment = {
  printExperiment: Flag.Boolean("print-experiment").pipe(
    Flag.withDefault(false),
    Flag.withDescription("print the experiment document that this command stands for, for `moira run`; run nothing")
  )
}

interface ShortCommand extends Output {
  readonly quiet: boolean
  readonly printExperiment: boolean
  readonly runner?: string
  readonly workers?: number
}

/** Runs a document whose names are seen from the working directory, and ends as the command does. */
export const runShort = Effect.fn("cli.short")(function* (
  document: ExperimentDocument,
  { quiet, printExperiment: shown, runner = "inline", workers = 1, ...output }: ShortCommand
) {
  if (shown) return yield* print(experimentText(document).trimEnd())
  yield* Effect.gen(function* () {
    const computed = yield* withProgress(runExperiment(document), quiet)
    yield* finishRun(document, computed, output)
  }).pipe(Effect.scoped, Effect.provide([folderInputs({ directory: ".", readCounts }), Runner.named(runner, workers)]))
})
