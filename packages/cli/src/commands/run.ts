import { Runner } from "@moira/core"
import { runExperiment } from "@moira/pipeline"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { common, usualWorkers } from "../flags/shared.ts"
import { experimentFlags, readExperimentFile, runnerOf, seenFrom } from "../inputs/experiment-file.ts"
import { finishRun } from "../runs/finish.ts"
import { usualFolder } from "../runs/sweep-folder.ts"
import { withProgress } from "../terminal/progress-bar.ts"

/** Where traces lie that are made for a run: below `--out` where it is a folder, else beside the user. */
const tracesOf = (file: string, out: Option.Option<string>): string => {
  const folder = Option.getOrElse(out, () => usualFolder(file))
  return path.join(folder.endsWith(".json") ? path.dirname(folder) : folder, "traces")
}

export default Command.make(
  "run",
  {
    ...experimentFlags,
    out: Flag.String("out").pipe(
      Flag.optional,
      Flag.withDescription("directory for the result and what belongs to it, as the short command has it")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ file, set, workers, runner, out, json, quiet }) {
    const document = yield* readExperimentFile(file, set)
    const by = runnerOf(document, usualWorkers(8), { workers, runner })
    const traces = tracesOf(file, out)
    yield* Effect.gen(function* () {
      const computed = yield* withProgress(runExperiment(document, file), quiet)
      yield* finishRun(document, computed, { out, json })
    }).pipe(Effect.scoped, Effect.provide([...seenFrom(file, traces), Runner.named(by.name, by.workers)]))
  })
).pipe(
  Command.withDescription(
    "Run an experiment document that varies nothing: the result of the command that it stands for"
  ),
  Command.withExamples([
    {
      command: "moira run place.yaml --out place",
      description: "what `moira place ... --print-experiment` wrote, with the same bytes"
    }
  ]),
  listed(11.2)
)
