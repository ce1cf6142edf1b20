/** Counts of one workload out of a file that an engine's recorder wrote, or of a counts store. */
import { given } from "@moira/core"
import { detectAny, isCounts } from "@moira/ingest"
import { type CountsInput } from "@moira/results"
import { isCountsStore, openCounts } from "@moira/trace/node"
import { countsInputOf, type CountsSource, PlaceError } from "@moira/pipeline"
import { Effect, Stream } from "effect"

export interface CountsOptions {
  /** Name of a workload, where there are several. */
  readonly workload?: string
  /** Name or .json file of a model; read off the counts when left out. */
  readonly model?: string
}

interface Found extends CountsSource {
  readonly input: CountsInput
}

const pick = (where: string, names: ReadonlyArray<string>, asked: string | undefined, hint: string) => {
  const [only, more] = names
  const name = asked ?? (more === undefined ? only : undefined)
  if (name !== undefined && names.includes(name)) return Effect.succeed(name)
  const what = asked === undefined ? `${names.length} workloads, and one places` : `no workload ${asked}`
  return Effect.fail(new PlaceError({ reason: "BadOption", where, what, hint: `${hint} ${names.join(", ")}` }))
}

const fromStore = Effect.fnUntraced(function* (where: string, options: CountsOptions) {
  const { manifest, read } = yield* openCounts(where)
  const names = manifest.workloads.map(({ workload }) => workload)
  const name = yield* pick(where, names, options.workload, "name one with --workload:")
  const counts = yield* read(name)
  return { where, counts, input: { ...countsInputOf(manifest), workloads: 1 } } satisfies Found
})

const fromFile = Effect.fnUntraced(function* (where: string, options: CountsOptions) {
  const { plugin } = yield* detectAny(where)
  if (!isCounts(plugin))
    return yield* new PlaceError({
      reason: "BadOption",
      where,
      what: `a trace of format ${plugin.id}, which must be in a store`,
      hint: `make one first: moira ingest ${where} --out trace.moira`
    })
  const { workloads } = yield* plugin.read([where], given({ model: options.model }))
  const [counts] = yield* Stream.runCollect(Stream.take(workloads, 1))
  if (counts === undefined)
    return yield* new PlaceError({ reason: "NoCounts", where, what: "no counts", hint: "check the file" })
  const { model, layers, experts, sha256 } = counts
  const input: CountsInput = {
    model: model?.id ?? null,
    title: model?.title ?? null,
    contentSha256: sha256,
    workloads: 1,
    selections: counts.counts.reduce((a, b) => a + b, 0),
    layers,
    experts,
    topK: model?.topK ?? null,
    origin: plugin.id
  }
  return { where, counts, input } satisfies Found
})

export const readCounts = (path: string, options: CountsOptions) =>
  isCountsStore(path) ? fromStore(path, options) : fromFile(path, options)
