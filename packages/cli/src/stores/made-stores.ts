/** Stores that an experiment asks for by how they are made: twins, traces of a hub, recordings and files of counts. */
import { canonicalSha256, Runner, version } from "@moira/core"
import { releaseLock, resolveModel, takeLock } from "@moira/core/node"
import { fetchTraces, Hub, studyTraces } from "@moira/hub"
import { detectAny, ingestStore, isCounts, resolveSource, TraceFormat } from "@moira/ingest"
import { ExperimentError, failureOf, type TraceSource } from "@moira/pipeline"
import type { MakeStore } from "@moira/pipeline/node"
import { writeCounts } from "@moira/trace/node"
import { type TwinLanguage } from "@moira/twin"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { synth } from "./synth.ts"

/** What a twin is made with where the document does not say: the values of `moira synth`. */
const usualTwin = {
  requests: 256,
  prefillTokens: 24,
  decodeTokens: 64,
  languages: ["en", "zh"],
  seed: 1
} as const

type Twin = NonNullable<TraceSource["twin"]>

const twinOptions = Effect.fnUntraced(function* (twin: Twin, from: string) {
  const named = twin.model.endsWith(".json") ? path.resolve(from, twin.model) : twin.model
  const { languages, ...options } = { ...usualTwin, ...twin }
  // Unknown names are refused by the twin, which knows the languages.
  return { ...options, model: yield* resolveModel(named), languages: languages as ReadonlyArray<TwinLanguage> }
})

const ofRecordings = Effect.fnUntraced(function* (paths: ReadonlyArray<string>, format: string | undefined) {
  const { plugin } = yield* format === undefined ? detectAny(paths[0]!) : resolveSource(format)
  const states = paths.map((file) => {
    const { size, mtimeMs } = fs.statSync(file)
    return { file, size, mtimeMs }
  })
  const make = (out: string) =>
    isCounts(plugin)
      ? plugin
          .read(paths, {})
          .pipe(
            Effect.flatMap(({ workloads }) =>
              writeCounts({ directory: out, origin: { format: plugin.id, options: {} } }, workloads)
            )
          )
      : ingestStore(paths, { out }).pipe(Effect.provide([TraceFormat.layer(plugin), Runner.named("threads", 2)]))
  return { name: { format: plugin.id, states }, make }
})

const recipeOf = Effect.fnUntraced(function* (
  source: TraceSource,
  format: string | undefined,
  from: string,
  cache: string
) {
  const at = (name: string) => path.resolve(from, name)
  if (source.twin !== undefined) {
    const options = yield* twinOptions(source.twin, from)
    return { name: { version, twin: options }, make: (out: string) => synth(options, out) }
  }
  if (source.hub !== undefined) {
    const { traces, repo = studyTraces, revision = "main" } = source.hub
    const directory = path.join(cache, "fetched")
    const fetched = yield* fetchTraces({ wanted: traces, repo, revision, directory, maxBytes: 1e10 }).pipe(
      Effect.provide(Hub.layer)
    )
    const recordings = yield* ofRecordings([path.join(directory, ...fetched.folder.split("/"))], format)
    return { ...recordings, name: { repo, commit: fetched.commit, traces } }
  }
  return yield* ofRecordings(source.counts === undefined ? source.files!.map(at) : [at(source.counts)], format)
})

const told = (error: unknown): ExperimentError =>
  new ExperimentError({ ...failureOf(error), reason: "NotReadable", cause: error })

/** Makes stores below a folder, each once: what is there already is used again, and another process that makes it is waited for. */
export const storesIn =
  (cache: string): MakeStore =>
  (source, format, from) =>
    Effect.gen(function* () {
      const { name, make } = yield* recipeOf(source, format, from, cache)
      const folder = path.join(cache, `${canonicalSha256(name).slice(0, 16)}.moira`)
      const isThere = () => fs.existsSync(path.join(folder, "manifest.json"))
      const lock = `${folder}.lock`
      fs.mkdirSync(cache, { recursive: true })
      while (!isThere()) {
        if (takeLock(lock) !== undefined) yield* Effect.sleep("200 millis")
        else
          yield* Effect.gen(function* () {
            if (!isThere()) yield* make(folder)
          }).pipe(Effect.ensuring(Effect.sync(() => releaseLock(lock))))
      }
      return folder
    }).pipe(Effect.mapError(told))
