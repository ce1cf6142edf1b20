import { type Fetched, type FetchOptions, fetchTraces, Hub, studyTraces } from "@moira/hub"
import { formatBytes, formatCount, version } from "@moira/core"
import { Effect, Schema, SchemaTransformation } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common } from "../flags/shared.ts"

const multiples: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 }

/** Bytes of `20000000000`, `20GB` or `500 MB`; NaN where the text is neither. */
const bytesIn = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/.exec(text.trim())
  return match === null ? Number.NaN : Math.round(Number(match[1]) * multiples[match[2]!]!)
}

const size = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter(
      (text: string) =>
        Number.isSafeInteger(bytesIn(text)) ||
        `expected bytes, such as 20000000000 or 20GB, got ${JSON.stringify(text)}`
    )
  ),
  Schema.decodeTo(
    Schema.Finite,
    SchemaTransformation.transform<number, string>({ decode: bytesIn, encode: (bytes) => String(bytes) })
  )
)

const fetchText = (fetched: Fetched, place: string): string => {
  const { files, already, bytes, receivedBytes } = fetched
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["folder", place],
    ["files", `${formatCount(files)}, of which ${formatCount(already)} were here already`],
    ["size", `${formatBytes(bytes)}, of which ${formatBytes(receivedBytes)} came now`],
    ["data set", `${fetched.repo} at commit ${fetched.commit}`]
  ]
  return facts.map(([name, value]) => `${name.padEnd(12)} ${value}`).join("\n")
}

/** Fetches, and on an interrupt says that the same command goes on. */
const fetchModel = Effect.fn("cli.fetch")(function* (options: FetchOptions) {
  return yield* fetchTraces(options).pipe(
    Effect.provide(Hub.layer),
    Effect.onInterrupt(() => note("what came so far is kept; the same command goes on where it stopped"))
  )
})

export default Command.make(
  "fetch",
  {
    wanted: Argument.String("model").pipe(
      Argument.withDescription("MODEL[/BENCHMARK[/SUBJECT]]; a model name, alias or hub path")
    ),
    maxBytes: Flag.String("max-bytes").pipe(
      Flag.withDefault("10GB"),
      Flag.withSchema(size),
      Flag.withDescription("refuse to fetch more, for example 20GB")
    ),
    repo: Flag.String("repo").pipe(Flag.withDefault(studyTraces), Flag.withDescription("data set on the hub")),
    revision: Flag.String("revision").pipe(Flag.withDefault("main"), Flag.withDescription("branch, tag or commit")),
    out: Flag.String("out").pipe(Flag.withDescription("directory that gets the data set's folders")),
    ...common
  },
  Effect.fnUntraced(function* ({ wanted, maxBytes, repo, revision, out, json, quiet }) {
    const options = { wanted, repo, revision, directory: out, maxBytes }
    const fetched = yield* withProgress(fetchModel(options), quiet)
    const place = path.join(out, ...fetched.folder.split("/"))
    yield* json
      ? printJson({ schema: "moira-fetched/1", moira: version, directory: place, ...fetched })
      : print(fetchText(fetched, place))
    yield* note(`next: moira ingest ${place} --out STORE`)
  })
).pipe(
  Command.withDescription("Fetch traces from the Hugging Face hub; HF_TOKEN gives access, the same command resumes"),
  Command.withExamples([
    { command: "moira fetch llama4-maverick/mmlu/anatomy --out traces", description: "one subject of one model" }
  ]),
  listed(1)
)
