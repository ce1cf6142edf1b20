/** An experiment document of a file, and what it is seen with: paths and plug-ins as its folder sees them. */
import { nodePluginsFrom } from "@moira/core/node"
import { type ExperimentDocument, overridden, readExperiment } from "@moira/pipeline"
import { folderInputs } from "@moira/pipeline/node"
import { Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import * as path from "node:path"
import { changeList } from "../flags/shared.ts"
import { storesIn } from "../stores/made-stores.ts"
import { readCounts } from "./counts.ts"
import { readText } from "./read-text.ts"

/** Flags of what runs an experiment. */
export const experimentFlags = {
  file: Argument.String("file").pipe(Argument.withDescription("experiment document, YAML or JSON")),
  set: changeList("set").pipe(
    Flag.optional,
    Flag.withDescription("fields of the document to replace, such as machine.units=64,options.batch=[256,4096]")
  ),
  workers: Flag.Int("workers").pipe(
    Flag.optional,
    Flag.withDescription("worker threads, instead of the document's; results do not depend on them")
  ),
  runner: Flag.String("runner").pipe(
    Flag.optional,
    Flag.withDescription("runner of the work, instead of the document's: name, package or path")
  )
}

/** Reads a document, with fields of it replaced. */
export const readExperimentFile = Effect.fn("cli.readExperiment")(function* (
  file: string,
  set: Option.Option<ReadonlyArray<string>>
) {
  const text = yield* readText(file, {
    what: (words) => `cannot be read: ${words.split(",")[0]}`,
    hint: "give an experiment document; docs/guides/experiments.md shows one",
    maxBytes: 2 ** 24
  })
  const document = yield* Effect.fromResult(readExperiment(file, text))
  return yield* overridden(
    document,
    Option.getOrElse(set, () => []),
    file
  )
})

/** Who computes: what flags say, else the document, else threads. */
export const runnerOf = (
  { stages }: ExperimentDocument,
  usualWorkers: number,
  asked: { readonly workers: Option.Option<number>; readonly runner: Option.Option<string> }
): { readonly name: string; readonly workers: number } => {
  const named = stages?.runner
  const of = typeof named === "string" ? { use: named } : named
  return {
    name: Option.getOrElse(asked.runner, () => of?.use ?? "threads"),
    workers: Option.getOrElse(
      asked.workers,
      () => (typeof of === "object" && "workers" in of ? of.workers : undefined) ?? usualWorkers
    )
  }
}

/** Plug-ins and inputs as the folder of a document sees them; stores that it asks for are made below `cache`. */
export const seenFrom = (file: string, cache: string) => {
  const directory = path.dirname(path.resolve(file))
  return [
    folderInputs({ directory, makeStore: storesIn(cache), readCounts }),
    nodePluginsFrom({ app: import.meta.url, directory })
  ] as const
}
