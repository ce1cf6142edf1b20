/** Recognises what a path holds, tokens or counts, and resolves a format that a user named. */
import { allPlugins, type Loaded, PluginError, Plugins } from "@moira/core"
import { Effect } from "effect"
import { type CountsSource, countsFormatKind } from "./counts-source.ts"
import { detectFormat, objection } from "./detect.ts"
import { IngestError } from "./fault/error.ts"
import { traceFormatKind, type TraceSource } from "./source.ts"

export type AnySource = TraceSource | CountsSource

export const isCounts = (source: AnySource): source is CountsSource => "counts" in source

/** Finds sources of both seams by package or path. */
const anyKind = {
  ...traceFormatKind,
  title: "trace or counts format",
  is: (value: unknown): value is AnySource => countsFormatKind.is(value) || traceFormatKind.is(value)
}

/** Asks every built-in or installed counts format about the first file of `path`: those that know it, and why the others do not. */
const askCounts = Effect.fnUntraced(function* (path: string) {
  const matching: Array<Loaded<CountsSource>> = []
  const declined: Array<string> = []
  for (const loaded of yield* allPlugins(countsFormatKind)) {
    const against = yield* objection(loaded.plugin, path)
    if (against === undefined) matching.push(loaded)
    else declined.push(`${loaded.plugin.id}: ${against}`)
  }
  return { matching, declined }
})

/**
 * The one format that recognises `path`; fails with `UnknownFormat` where none or several do. Counts go before tokens:
 * what makes them counts is narrower than what makes an array or a list ids.
 */
export const detectAny = Effect.fn("ingest.detectAny")(function* (path: string) {
  const { matching, declined } = yield* askCounts(path)
  if (matching.length === 1) return matching[0]!
  if (matching.length === 0)
    return yield* detectFormat(path).pipe(
      Effect.mapError((error) =>
        error.reason === "UnknownFormat"
          ? new IngestError({
              reason: error.reason,
              where: error.where,
              what: `${error.what}; ${declined.join("; ")}`,
              hint: error.hint
            })
          : error
      )
    )
  return yield* new IngestError({
    reason: "UnknownFormat",
    where: path,
    what: `${matching.map(({ plugin }) => plugin.id).join(" and ")} all recognise it`,
    hint: "name the format with --format, a built-in one or a module of your own"
  })
})

/** A format by name: of counts, or of tokens, else a package or path of either. */
export const resolveSource = Effect.fn("ingest.resolveSource")(function* (name: string) {
  const plugins = yield* Plugins
  if (plugins.names(countsFormatKind).includes(name)) return yield* plugins.load(countsFormatKind, name)
  return yield* plugins.load<AnySource>(anyKind, name).pipe(
    // A package may bring counts only; and of another version they are no format of tokens either, which that kind alone can say.
    Effect.catch((error) =>
      Effect.mapError(plugins.load<AnySource>(countsFormatKind, name), (other) =>
        other.reason === "OtherVersion" ? other : error
      )
    ),
    Effect.mapError((error) =>
      error.reason === "Unknown"
        ? new PluginError({
            reason: error.reason,
            where: error.where,
            what: error.what,
            hint: `${error.hint}; of counts: ${plugins.names(countsFormatKind).join(", ")}`
          })
        : error
    )
  )
})
