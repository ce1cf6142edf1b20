/** Recognises the format of a trace from content. */
import { allPlugins, type Loaded } from "@moira/core"
import { Effect } from "effect"
import { fileProblem, IngestError } from "./fault/error.ts"
import { readStart } from "./codecs/bytes/file-buffer.ts"
import { listFiles } from "./parts/list-files.ts"
import { traceFormatKind, type TraceSource } from "./source.ts"

/** Bytes of a file that formats see when they are asked. */
export const sampleBytes = 64 * 1024

/** The formats that there are, by name: built in, and those that installed packages bring. */
const knownFormats = allPlugins(traceFormatKind)

/** What is asked of a format to recognise it. */
type Recogniser = Pick<TraceSource, "endings" | "recognises">

/** The start of the first file of `path` that `source` would read. */
const firstSample = Effect.fnUntraced(function* (source: Recogniser, path: string) {
  const file = (yield* listFiles([path], source.endings))[0]!
  const start = yield* Effect.try({ try: () => readStart(file, sampleBytes), catch: fileProblem(file) })
  return { path: file, ...start }
})

/** What one format says of a path: undefined when it is its own, else why not. A folder may hold none of its files. */
export const objection = Effect.fnUntraced(function* (source: Recogniser, path: string) {
  const sample = yield* firstSample(source, path).pipe(
    Effect.catchIf(
      (error) => error.reason === "Empty",
      () => Effect.succeed(undefined)
    )
  )
  if (sample === undefined) return `no file whose name ends in ${source.endings.join(" or ")}`
  const verdict = source.recognises(sample)
  return verdict.matches ? undefined : `${verdict.why} (${sample.path})`
})

/**
 * Asks every built-in or installed format about the first file of `path` (for a folder, the first that a format would read there).
 * Fails with `UnknownFormat` and what each said when none knows it, or when several do.
 */
export const detectFormat = Effect.fn("ingest.detectFormat")(function* (path: string) {
  const formats = yield* knownFormats
  const declined: Array<string> = []
  const matching: Array<Loaded<TraceSource>> = []
  for (const loaded of formats) {
    const against = yield* objection(loaded.plugin, path)
    if (against === undefined) matching.push(loaded)
    else declined.push(`${loaded.plugin.id}: ${against}`)
  }
  if (matching.length === 1) return matching[0]!
  const names = matching.map(({ plugin }) => plugin.id).join(" and ")
  return yield* new IngestError({
    reason: "UnknownFormat",
    where: path,
    what: matching.length > 1 ? `${names} all recognise it` : `no format recognises it: ${declined.join("; ")}`,
    hint: "name the format with --format, a built-in one or a module of your own"
  })
})
