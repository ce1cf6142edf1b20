import { detectFormat, type ReadOptions, sourceKind } from "@moira/ingest"
import { loadPlugin, type Manifest, version, writeStore } from "@moira/trace"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { note, print, printJson } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common } from "./flags.ts"
import { infoText } from "./info.ts"

/** Reads external traces into a store with a format named, or recognised from the first path. */
export const ingest = Effect.fn("cli.ingest")(function* (
  paths: ReadonlyArray<string>,
  out: string,
  format: string,
  options: ReadOptions
) {
  const source = format === "auto" ? yield* detectFormat(paths[0]!) : yield* loadPlugin(sourceKind, format)
  const { model, files, requests } = yield* source.plugin.read(paths, options)
  const origin = { format: source.plugin.id, options: {} }
  return yield* writeStore({ directory: out, model, origin, expected: files }, requests)
})

/** What ingest and synth say when they are done. */
export const reportStore = Effect.fnUntraced(function* (manifest: Manifest, out: string, json: boolean) {
  const { counts } = manifest
  yield* json ? printJson({ schema: "moira-stored/1", moira: version, store: out, counts }) : print(infoText(manifest))
  yield* note(`stored in ${out}`)
})

export const ingestCommand = Command.make(
  "ingest",
  {
    paths: Argument.String("path").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("files or folders of traces")
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("directory of the store to write; an existing store is replaced")
    ),
    format: Flag.String("format").pipe(
      Flag.withDefault("auto"),
      Flag.withDescription("trace format: built-in name, package or path; auto looks at the content")
    ),
    model: Flag.String("model").pipe(
      Flag.optional,
      Flag.withDescription("model name or .json file; read off the paths when left out")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ paths, out, format, model, json, quiet }) {
    const options = Option.match(model, { onNone: () => ({}), onSome: (name) => ({ model: name }) })
    const manifest = yield* withProgress(ingest(paths, out, format, options), quiet)
    yield* reportStore(manifest, out, json)
  })
).pipe(
  Command.withDescription("Read external expert-selection traces into a store"),
  Command.withExamples([
    { command: "moira ingest traces/ --out llama4.moira", description: "every trace below a folder" }
  ])
)
