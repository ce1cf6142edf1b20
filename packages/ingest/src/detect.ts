/** Recognises the format of a trace from content. */
import { allPlugins, type Loaded, withPluginFaults } from "@moira/core"
import { Effect } from "effect"
import { recognisedBy } from "./checked-source.ts"
import { readStart } from "./codecs/bytes/file-buffer.ts"
import { fileProblem, IngestError } from "./fault/error.ts"
import { looksLike } from "./looks-like.ts"
import { listFiles } from "./parts/list-files.ts"
import { traceFormatKind, type TraceSource } from "./source.ts"

/** Bytes of a file that formats see when they are asked. */
export const sampleBytes = 64 * 1024

/** The formats that there are, by name: built in, and those that installed packages bring. */
const knownFormats = allPlugins(traceFormatKind)

/** What is asked of a format to recognise it. */
type Recogniser = Pick<TraceSource, "id" | "endings" | "recognises">

/** What a format says of a path that is not its own. */
export interface Objection {
  readonly id: string
  readonly why: string
  /** 0 to 1, as in `Recognition`. */
  readonly near: number
  /** The file that it looked at; left out where there was none for it. */
  readonly file?: string
}

/**
 * The files by which a format is asked about a folder: the first of its first ending that there is, which is surest, then the
 * first of all, such as an archive with a table beside it.
 */
const sampled = (files: ReadonlyArray<string>, endings: ReadonlyArray<string>): ReadonlyArray<string> => {
  const surest = endings.map((ending) => files.find((file) => file.endsWith(ending))).find((file) => file !== undefined)
  return [...new Set([surest ?? files[0]!, files[0]!])]
}

/** What one format says of a path: undefined when it is its own, else why not. A folder may hold none of its files. */
export const objection = Effect.fnUntraced(function* (source: Recogniser, path: string) {
  const { id, endings } = source
  const files = yield* listFiles([path], endings).pipe(
    Effect.catchIf(
      (error) => error.reason === "Empty",
      () => Effect.succeed([])
    )
  )
  if (files.length === 0) return { id, why: `no file whose name ends in ${endings.join(" or ")}`, near: 0 }
  let against: Objection | undefined
  for (const file of sampled(files, endings)) {
    const start = yield* Effect.try({ try: () => readStart(file, sampleBytes), catch: fileProblem(file) })
    const verdict = yield* withPluginFaults(() => recognisedBy(source, { path: file, ...start }))
    if (verdict.matches) return undefined
    const near = verdict.near ?? 0
    if (against === undefined || near > against.near) against = { id, why: verdict.why, near, file }
  }
  return against
})

/** That no format knows a path: what the nearest one misses, or what every one says. */
const unrecognised = Effect.fnUntraced(function* (
  path: string,
  objections: ReadonlyArray<Objection>,
  verbose: boolean
) {
  const fail = (where: string, what: string, hint: string) =>
    new IngestError({ reason: "UnknownFormat", where, what, hint })
  const name = "name the format with --format, a built-in one or a module of your own"
  if (verbose)
    return fail(
      path,
      `no format recognises it: ${objections
        .toSorted((a, b) => b.near - a.near)
        .map(({ id, why }) => `${id}: ${why}`)
        .join("; ")}`,
      name
    )
  const hint = `${name}; --verbose tells why each declined`
  const nearest = objections.reduce((best, each) => (each.near > best.near ? each : best), objections[0]!)
  if (nearest.near > 0)
    return fail(nearest.file ?? path, `no format recognises it; the nearest is ${nearest.id}: ${nearest.why}`, hint)
  const file = objections.find((each) => each.file !== undefined)?.file
  if (file === undefined) {
    const [other] = yield* listFiles([path], [""]).pipe(Effect.orElseSucceed(() => []))
    if (other === undefined) return fail(path, "no format recognises it: none has files of such names", hint)
    const { bytes } = yield* Effect.try({ try: () => readStart(other, sampleBytes), catch: fileProblem(other) })
    return fail(other, `no format has files of such names; it looks like ${looksLike(bytes)}`, hint)
  }
  const { bytes } = yield* Effect.try({ try: () => readStart(file, sampleBytes), catch: fileProblem(file) })
  return fail(file, `no format recognises it: it looks like ${looksLike(bytes)}`, hint)
})

/** That several formats take a path for theirs. */
export const contested = (path: string, ids: ReadonlyArray<string>): IngestError =>
  new IngestError({
    reason: "UnknownFormat",
    where: path,
    what: `${ids.join(" and ")} all recognise it`,
    hint: "name the format with --format, a built-in one or a module of your own"
  })

/** Those of some formats that know a path, and what the others say. */
export const askAll = Effect.fnUntraced(function* <S extends Recogniser>(
  formats: ReadonlyArray<Loaded<S>>,
  path: string
) {
  const matching: Array<Loaded<S>> = []
  const objections: Array<Objection> = []
  for (const loaded of formats) {
    const against = yield* objection(loaded.plugin, path)
    if (against === undefined) matching.push(loaded)
    else objections.push(against)
  }
  return { matching, objections }
})

/**
 * Asks every built-in or installed format about the first file of `path` (for a folder, the first that a format would read there).
 * Fails with `UnknownFormat` when none knows it, after what `others` said, or when several do.
 */
export const detectFormat = Effect.fn("ingest.detectFormat")(function* (
  path: string,
  verbose: boolean = false,
  others: ReadonlyArray<Objection> = []
) {
  const { matching, objections } = yield* askAll(yield* knownFormats, path)
  if (matching.length === 1) return matching[0]!
  if (matching.length > 1)
    return yield* contested(
      path,
      matching.map(({ plugin }) => plugin.id)
    )
  return yield* yield* unrecognised(path, [...objections, ...others], verbose)
})
