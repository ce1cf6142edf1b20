/** A sweep in a process of its own, so that it can be killed: DOCUMENT OUT WORKERS; without threads where these are 0. */
import { inlineRunner } from "@moira/core"
import { nodePluginsFrom, threadRunner } from "@moira/core/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { planExperiment, readExperiment, sweepExperiment } from "../../src/index.ts"
import { folderInputs, pointFolder } from "../../src/node.ts"

const [file = "", out = "", workers = "1"] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const document = yield* Effect.fromResult(readExperiment(file, fs.readFileSync(file, "utf8")))
  const sweep = yield* sweepExperiment(yield* planExperiment(document, file))
  fs.writeFileSync(path.join(out, "sweep.json"), JSON.stringify(sweep))
}).pipe(
  Effect.scoped,
  Effect.provide([
    folderInputs({ directory: path.dirname(file) }),
    pointFolder(out),
    nodePluginsFrom({ app: import.meta.url }),
    workers === "0" ? inlineRunner : threadRunner(Number(workers))
  ])
)
await Effect.runPromise(program)
