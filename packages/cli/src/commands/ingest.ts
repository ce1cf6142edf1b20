import {
  assumedPhases,
  defaultWorkers,
  detectAny,
  type Ingested,
  type IngestState,
  ingestStore,
  isCounts,
  keptSegments,
  resolveSource,
  sourceHashes,
  TraceFormat
} from "@moira/ingest"
import { Runner } from "@moira/core"
import { repeatsModes } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { note } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, runnerFlags, wholeIn } from "../flags/shared.ts"
import { ingestCounts } from "../stores/ingest-counts.ts"
import { remarkLines } from "../terminal/remark-lines.ts"
import { reportStore } from "../terminal/stored-text.ts"

/** After an interrupt or a failure: what was done is kept, and how it is used. */
const tellKept = (state: IngestState) =>
  Effect.suspend(() => {
    const kept = keptSegments(state)
    if (kept === 0) return Effect.void
    return note(
      `${kept} of ${state.segments} parts are finished and kept; run the same command again to go on from there`
    )
  })

const tellSkipped = Effect.fnUntraced(function* ({ skipped }: Ingested) {
  if (skipped.length > 0)
    yield* note(`skipped ${skipped.length} bad ${skipped.length === 1 ? "file or record" : "files or records"}:`)
  for (const { source, reason } of skipped) yield* note(`  ${source}: ${reason.replaceAll(/\s+/g, " ")}`)
})

export default Command.make(
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
    ...runnerFlags(defaultWorkers(), "worker threads, each about 40 MB; the store does not depend on how many"),
    skipBad: Flag.Boolean("skip-bad").pipe(
      Flag.withDefault(false),
      Flag.withDescription("leave out records and files whose content is bad, and list them")
    ),
    sourceHash: Flag.Literals("source-hash", sourceHashes).pipe(
      Flag.withDefault("crc32"),
      Flag.withDescription("digest of the source files that the store keeps; ids always have their SHA-256")
    ),
    phase: Flag.Literals("phase", assumedPhases).pipe(
      Flag.optional,
      Flag.withDescription("what tokens are whose phase the files do not say; else the likeliest is taken and told")
    ),
    promptTokens: wholeIn("prompt-tokens", 0).pipe(
      Flag.optional,
      Flag.withDescription("how many tokens of each array are the prompt's, where no JSON beside the array says so")
    ),
    repeats: Flag.Literals("repeats", repeatsModes).pipe(
      Flag.withDefault("once"),
      Flag.withDescription(
        "leading rows equal to those of another request (a conversation's next turn, samples of one prompt) are load once, or each time; what an engine says it served from cache is never load"
      )
    ),
    resume: Flag.Boolean("resume").pipe(
      Flag.withDefault(true),
      Flag.withDescription("go on where an earlier run of this command stopped")
    ),
    verbose: Flag.Boolean("verbose").pipe(
      Flag.withDefault(false),
      Flag.withDescription("where no format recognises a file, tell what each one says of it")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({
    paths,
    out,
    format,
    model,
    workers,
    runner,
    skipBad,
    sourceHash,
    phase,
    promptTokens,
    repeats,
    resume,
    verbose,
    json,
    quiet
  }) {
    const named = Option.match(model, { onNone: () => ({}), onSome: (name) => ({ model: name }) })
    const assumed = {
      ...Option.match(phase, { onNone: () => ({}), onSome: (each) => ({ phase: each }) }),
      ...Option.match(promptTokens, { onNone: () => ({}), onSome: (each) => ({ promptTokens: each }) })
    }
    const { plugin } = yield* format === "auto" ? detectAny(paths[0]!, verbose) : resolveSource(format)
    if (isCounts(plugin)) {
      yield* ingestCounts(plugin, paths, out, named, { json, quiet })
      return
    }
    const state: IngestState = { segments: 0 }
    const ingested = yield* withProgress(
      ingestStore(paths, { ...named, ...assumed, out, skipBad, sourceHash, repeats, resume }, state).pipe(
        Effect.provide([TraceFormat.layer(plugin), Runner.named(runner, workers)])
      ),
      quiet
    ).pipe(Effect.onError(() => tellKept(state)))
    const { manifest, skipped, notes } = ingested
    yield* tellSkipped(ingested)
    for (const line of notes) yield* note(line)
    if (json) for (const line of remarkLines(manifest)) yield* note(line)
    yield* reportStore(manifest, out, json, { notes, skipped })
  })
).pipe(
  Command.withDescription("Read external expert-selection traces into a store"),
  Command.withExamples([
    { command: "moira ingest traces/ --out llama4.moira", description: "every trace below a folder" },
    {
      command: "moira ingest traces/ --out llama4.moira --skip-bad",
      description: "all but the bad ones, which are listed"
    }
  ]),
  listed(2)
)
