/** Experiments of folders: paths are seen from one folder, stores are opened, and what is no store yet is made by who can. */
import type { Plugins } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import { isCountsStore, openCounts, storeLayer } from "@moira/trace/node"
import { StoreError, TraceStore } from "@moira/trace"
import { Context, Effect, Layer, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExperimentError } from "../experiment/error.ts"
import { type CountsAsked, ExperimentInputs, type FoundCounts, type OpenedSource } from "../experiment/inputs.ts"
import type { TraceSource } from "../experiment/schema-parts.ts"
import { PlaceError } from "../place/traffic.ts"
import { countsOfStore, whatIsAt } from "./folder-counts.ts"

/** A twin, a hub's traces, recordings or a file of counts as a store: the folder that it lies in. */
export type MakeStore = (
  source: TraceSource,
  format: string | undefined,
  from: string
) => Effect.Effect<string, ExperimentError | StoreError, Plugins | Scope.Scope>

/** Counts of a file as an engine's recorder wrote it; `file` is a whole path, and `where` what messages call it. */
export type ReadCounts = (file: string, where: string, asked: CountsAsked) => Effect.Effect<FoundCounts, Error, Plugins>

export interface FolderInputsOptions {
  /** What relative paths are seen from; of ".", where the process is, names stay as they are. */
  readonly directory: string
  readonly makeStore?: MakeStore
  readonly readCounts?: ReadCounts
}

/** No placement or spec is as large. */
const mostBytes = 2 ** 26

const cannotMake: MakeStore = (source) =>
  Effect.fail(
    new ExperimentError({
      reason: "BadValue",
      where: `trace.${Object.keys(source).find((key) => key !== "contentSha256")}`,
      what: "nothing here can make a store of it",
      hint: "name a store; the moira command makes twins, fetches and reads recordings"
    })
  )

const cannotRead: ReadCounts = (_, where) =>
  Effect.fail(
    new PlaceError({
      reason: "BadOption",
      where,
      what: "no counts store, and nothing here reads recordings",
      hint: "name a counts store; the moira command reads files of recorders"
    })
  )

/** Opens a store of traces or counts as long as the scope. */
export const openStore = Effect.fnUntraced(function* (name: string, folder: string) {
  if (isCountsStore(folder)) return { kind: "counts", name, reader: yield* openCounts(folder) } satisfies OpenedSource
  const services = yield* Layer.build(storeLayer(folder))
  return { kind: "trace", name, reader: Context.get(services, TraceStore) } satisfies OpenedSource
})

/** Inputs of an experiment whose document lies in a folder. */
export const folderInputs = ({
  directory,
  makeStore = cannotMake,
  readCounts = cannotRead
}: FolderInputsOptions): Layer.Layer<ExperimentInputs> => {
  const at = (name: string) => (directory === "." ? name : path.resolve(directory, name))
  return Layer.succeed(ExperimentInputs, {
    open: (source, format) => {
      const { store, counts } = source
      const stored = store ?? (counts !== undefined && isCountsStore(at(counts)) ? counts : undefined)
      if (stored !== undefined) return openStore(stored, at(stored))
      return Effect.flatMap(makeStore(source, format, directory), (folder) => openStore(folder, folder))
    },
    what: (name) => whatIsAt(at(name)),
    counts: (name, asked) => {
      const where = at(name)
      return whatIsAt(where) === "counts" ? countsOfStore(where, name, asked) : readCounts(where, name, asked)
    },
    model: (name) => resolveModel(name.endsWith(".json") ? at(name) : name),
    text: (name) =>
      Effect.try({
        try: () => {
          const file = at(name)
          if (fs.statSync(file).size > mostBytes) throw new Error(`larger than ${mostBytes} bytes`)
          return { name, text: fs.readFileSync(file, "utf8") }
        },
        catch: (cause) =>
          new ExperimentError({
            reason: "NotReadable",
            where: name,
            what: cause instanceof Error ? cause.message : String(cause),
            hint: `paths are seen from ${directory}`,
            cause
          })
      })
  })
}
