import { formatCount, Runner } from "@moira/core"
import { nodePluginsFrom } from "@moira/core/node"
import { ExperimentError, type Verified, verifyResult } from "@moira/pipeline"
import { folderInputs } from "@moira/pipeline/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { listed } from "../command.ts"
import { common, runnerFlags, usualWorkers } from "../flags/shared.ts"
import { readCounts } from "../inputs/counts.ts"
import { findTrace } from "../inputs/find-trace.ts"
import { readText } from "../inputs/read-text.ts"
import { besideOf, type ResultFile, resultFiles } from "../runs/verify-results.ts"
import { storesIn } from "../stores/made-stores.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"

/** What differs, in a line each. */
const differenceLines = ({ differences, files }: Verified): ReadonlyArray<string> => [
  ...differences.map(({ path: at, was = "nothing", is = "nothing" }) => `  ${at}: was ${was}, is ${is}`),
  ...files.map((file) => `  ${file}: other bytes`)
]

const refuse = (result: string, differ: number, of: number) =>
  new ExperimentError({
    reason: "NotSame",
    where: result,
    what: of === 1 ? "what is run again gives other bytes" : `${differ} of ${of} points give other bytes`,
    hint: "the fields above say where; another version of Moira, or files that were edited, may be why"
  })

/** A folder for traces that are made again, gone at the end. */
const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-verify-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

export default Command.make(
  "verify",
  {
    result: Argument.String("result").pipe(Argument.withDescription("result document, or the folder of a sweep")),
    trace: Flag.String("trace").pipe(
      Flag.optional,
      Flag.withDescription(
        "store or counts that the result was made of; found by its content when left out, or made again where it is a twin"
      )
    ),
    from: Flag.String("from").pipe(
      Flag.withDefault("."),
      Flag.withDescription("folder that plug-ins and files are seen from; the working directory when left out")
    ),
    ...runnerFlags(usualWorkers(8)),
    ...common
  },
  Effect.fnUntraced(function* ({ result, trace, from, workers, runner, json, quiet }) {
    const files = yield* resultFiles(result)
    const verify = Effect.fnUntraced(function* ({ file, folder }: ResultFile, cache: string) {
      const text = yield* readText(file, {
        what: (words) => `cannot be read: ${words.split(",")[0]}`,
        hint: "give a result document",
        maxBytes: 2 ** 30
      })
      const find = findTrace(file, Option.getOrUndefined(trace))
      return yield* verifyResult(text, { name: file, find, beside: besideOf(folder) }).pipe(
        Effect.scoped,
        Effect.provide([
          folderInputs({ directory: from, makeStore: storesIn(cache), readCounts }),
          nodePluginsFrom({ app: import.meta.url, directory: path.resolve(from) }),
          Runner.named(runner, workers)
        ])
      )
    })
    const all = yield* withProgress(
      Effect.gen(function* () {
        const cache = yield* scratch
        return yield* Effect.forEach(files, (one) => Effect.map(verify(one, cache), (found) => ({ ...one, found })))
      }).pipe(Effect.scoped),
      quiet
    )
    const versions = new Set(all.flatMap(({ found: { otherVersion } }) => otherVersion ?? []))
    for (const version of versions) yield* note(`made by version ${version} of Moira, run again by another`)
    const differ = all.filter(({ found }) => !found.same)
    if (json)
      yield* printJson({
        schema: "moira-verify/1",
        results: all.map(({ file, found }) => ({ file, ...found }))
      })
    else if (differ.length > 0) {
      for (const { file, found } of differ) yield* print([file, ...differenceLines(found)].join("\n"))
    } else if (all.length === 1) yield* print(`the same bytes (sha256 ${all[0]!.found.sha256})`)
    else yield* print(`${formatCount(all.length)} points, all with the same bytes`)
    if (differ.length > 0) return yield* refuse(result, differ.length, all.length)
  })
).pipe(
  Command.withDescription("Run a result again as it says that it was made, and compare its bytes"),
  Command.withExamples([
    { command: "moira verify simulation.json", description: "the trace is found by its content, near the result" },
    { command: "moira verify links.sweep --trace llama4.moira", description: "every point of a sweep" }
  ]),
  listed(11.6)
)
