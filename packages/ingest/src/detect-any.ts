/** Recognises what a path holds, tokens or counts, and resolves a format that a user named. */
import { allPlugins, PluginError, Plugins } from "@moira/core"
import { Effect } from "effect"
import { type CountsSource, countsFormatKind } from "./counts-source.ts"
import { askAll, contested, detectFormat } from "./detect.ts"
import { traceFormatKind, type TraceSource } from "./source.ts"

export type AnySource = TraceSource | CountsSource

export const isCounts = (source: AnySource): source is CountsSource => "counts" in source

/** Finds sources of both seams by package or path. */
const anyKind = {
  ...traceFormatKind,
  title: "trace or counts format",
  is: (value: unknown): value is AnySource => countsFormatKind.is(value) || traceFormatKind.is(value)
}

/**
 * The one format that recognises `path`; fails with `UnknownFormat` where none or several do, with what every format says
 * where `verbose` is asked for. Counts go before tokens: what makes them counts is narrower than what makes an array or a list ids.
 */
export const detectAny = Effect.fn("ingest.detectAny")(function* (path: string, verbose: boolean = false) {
  const { matching, objections } = yield* askAll(yield* allPlugins(countsFormatKind), path)
  if (matching.length === 1) return matching[0]!
  if (matching.length === 0) return yield* detectFormat(path, verbose, objections)
  return yield* contested(
    path,
    matching.map(({ plugin }) => plugin.id)
  )
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
