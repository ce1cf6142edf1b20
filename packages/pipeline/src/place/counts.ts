/** Traffic out of counts: a file that an engine's recorder wrote, or a counts store. */
import { detectAny, isCounts } from "@moira/ingest"
import { type CountsInput } from "@moira/results"
import { type ExpertCounts, sumSteps } from "@moira/trace"
import { isCountsStore, openCounts } from "@moira/trace/node"
import { type Model, moeLayers } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import { Effect, Stream } from "effect"
import { countsInputOf } from "../analyse/analyse-counts.ts"
import { moeRows, PlaceError, type Judged, type PlaceTraffic, zeroLayers } from "./traffic.ts"

export interface CountsOptions {
  /** Name of a workload, where there are several. */
  readonly workload?: string
  readonly model?: string
}

interface Found {
  readonly counts: ExpertCounts
  readonly input: CountsInput
}

const pick = (where: string, names: ReadonlyArray<string>, asked: string | undefined, hint: string) => {
  const [only, more] = names
  const name = asked ?? (more === undefined ? only : undefined)
  if (name !== undefined && names.includes(name)) return Effect.succeed(name)
  const what = asked === undefined ? `${names.length} workloads, and one places` : `no workload ${asked}`
  return Effect.fail(new PlaceError({ reason: "BadOption", where, what, hint: `${hint} ${names.join(", ")}` }))
}

const fromStore = Effect.fnUntraced(function* (directory: string, options: CountsOptions) {
  const { manifest, read } = yield* openCounts(directory)
  const names = manifest.workloads.map(({ workload }) => workload)
  const name = yield* pick(directory, names, options.workload, "name one with --workload:")
  const counts = yield* read(name)
  const input: CountsInput = { ...countsInputOf(manifest), workloads: 1 }
  return { counts, input } satisfies Found
})

const fromFile = Effect.fnUntraced(function* (file: string, options: CountsOptions) {
  const { plugin } = yield* detectAny(file)
  if (!isCounts(plugin))
    return yield* new PlaceError({
      reason: "BadOption",
      where: file,
      what: `a trace of format ${plugin.id}, which must be in a store`,
      hint: `make one first: moira ingest ${file} --out trace.moira`
    })
  const { workloads } = yield* plugin.read([file], options.model === undefined ? {} : { model: options.model })
  const [counts] = yield* Stream.runCollect(Stream.take(workloads, 1))
  if (counts === undefined)
    return yield* new PlaceError({ reason: "NoCounts", where: file, what: "no counts", hint: "check the file" })
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
  return { counts, input } satisfies Found
})

const find = (path: string, options: CountsOptions) =>
  isCountsStore(path) ? fromStore(path, options) : fromFile(path, options)

/** Counts of a model's MoE layers summed over steps, and each step by itself where there are several. */
const rowsOf = Effect.fnUntraced(function* (path: string, { counts }: Found, model: Model) {
  const { layers, experts, steps, workload } = counts
  const where = `${path}, ${workload}`
  if (experts !== model.experts)
    return yield* new PlaceError({
      reason: "OtherModel",
      where,
      what: `counts of ${experts} experts, ${model.title} has ${model.experts}`,
      hint: "name their model with --model, or give counts of the same model"
    })
  const rowsIn = (values: Float64Array) => {
    const rows = moeRows(where, model, layers, (l) => values.slice(l * experts, (l + 1) * experts))
    return rows instanceof PlaceError ? Effect.fail(rows) : Effect.succeed(rows)
  }
  const size = layers.length * experts
  const all = yield* rowsIn(sumSteps(counts))
  if (all.every((row) => row.every((count) => count === 0)))
    return yield* new PlaceError({
      reason: "NoCounts",
      where,
      what: "every count is 0",
      hint: "record again under load"
    })
  const groups =
    steps < 2
      ? undefined
      : yield* Effect.forEach(Array.from({ length: Math.min(steps, mostGroups) }), (_, g) => {
          const sum = new Float64Array(size)
          for (let step = g; step < steps; step += mostGroups)
            for (let i = 0; i < size; i++) sum[i]! += counts.counts[step * size + i]!
          return rowsIn(sum)
        })
  return { on: workload, counts: all, ...(groups === undefined ? {} : { groups }) } satisfies Judged
})

const mostGroups = 128

/** Counts of another file or workload to judge on. */
export const judgeCounts = Effect.fn("cli.judgeCounts")(function* (path: string, options: CountsOptions, model: Model) {
  const found = yield* find(path, { ...options, model: options.model ?? model.id })
  return yield* rowsOf(path, found, model)
})

const modelOf = Effect.fnUntraced(function* (path: string, { counts }: Found, asked: string | undefined) {
  if (asked !== undefined) return yield* resolveModel(asked)
  if (counts.model !== undefined) return counts.model
  return yield* new PlaceError({
    reason: "UnknownModel",
    where: path,
    what: `the model of ${counts.layers.length} layers x ${counts.experts} experts is not known`,
    hint: "name it with --model"
  })
})

/** What places; judged by another file or workload where one is given. */
export const countsTraffic = Effect.fn("cli.countsTraffic")(function* (path: string, options: CountsOptions) {
  const found = yield* find(path, options)
  const model = yield* modelOf(path, found, options.model)
  const fitted = yield* rowsOf(path, found, model)
  const layers = moeLayers(model)
  const traffic: PlaceTraffic = {
    model,
    layers,
    input: found.input,
    fitted,
    workloads: [{ name: fitted.on, counts: fitted.counts }],
    warnings: [...found.counts.notes, ...zeroLayers(layers, fitted)]
  }
  return traffic
})
