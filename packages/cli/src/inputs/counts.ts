/** Counts of one workload out of a file that an engine's recorder wrote. */
import { given } from "@moira/core"
import { detectAny, isCounts } from "@moira/ingest"
import { type FoundCounts, PlaceError } from "@moira/pipeline"
import type { ReadCounts } from "@moira/pipeline/node"
import { type CountsInput } from "@moira/results"
import { Effect, Stream } from "effect"

/** Counts of the first workload of a file; messages call it `where`. */
export const readCounts: ReadCounts = Effect.fn("cli.readCounts")(function* (file, where, { model: asked }) {
  const { plugin } = yield* detectAny(file)
  if (!isCounts(plugin))
    return yield* new PlaceError({
      reason: "BadOption",
      where,
      what: `a trace of format ${plugin.id}, which must be in a store`,
      hint: `make one first: moira ingest ${where} --out trace.moira`
    })
  const { workloads } = yield* plugin.read([file], given({ model: asked }))
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
  return { where, counts, input } satisfies FoundCounts
})
