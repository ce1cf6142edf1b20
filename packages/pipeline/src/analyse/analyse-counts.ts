/** Analyses a counts store: Ob4 of each workload, prefill against decode of those that belong together. */
import { countsPopularity } from "@moira/spatial"
import { type CountsAnalysisDocument, type CountsInput } from "@moira/results"
import { type CountsManifest, type CountsReader } from "@moira/trace"
import { version } from "@moira/core"
import { Effect } from "effect"
import { countsGaps } from "./counts-gaps.ts"
import { comparePhases, matchPhases } from "./phases.ts"

export interface AnalyseCountsOptions {
  /** Ob3 as far as counts tell it, and Ob4. */
  readonly analyses: ReadonlyArray<"temporal" | "spatial">
  /** Share of the recorded steps that judge what the others chose. */
  readonly heldOutShare: number
  readonly seed: number
}

/** What a result says of the counts that it was computed from. */
export const countsInputOf = ({
  model,
  contentSha256,
  workloads,
  layers,
  experts,
  origin
}: CountsManifest): CountsInput => ({
  model: model?.id ?? null,
  title: model?.title ?? null,
  contentSha256,
  workloads: workloads.length,
  selections: workloads.reduce((sum, { selections }) => sum + selections, 0),
  layers: layers.filter((layer) => workloads.some(({ emptyLayers }) => !emptyLayers.includes(layer))),
  experts,
  topK: model?.topK ?? null,
  origin: origin.format
})

/** One workload is in memory at a time, two where phases are compared. */
export const analyseCounts = Effect.fn("pipeline.analyseCounts")(function* (
  { manifest, read }: CountsReader,
  { analyses: wanted, seed, heldOutShare }: AnalyseCountsOptions
) {
  const spatial = wanted.includes("spatial")
  const temporal = wanted.includes("temporal")
  const workloads = spatial
    ? yield* Effect.forEach(manifest.workloads, ({ workload }) =>
        Effect.map(read(workload), (counts) => countsPopularity(counts, { split: { seed, heldOutShare }, seed }))
      )
    : null
  const matched = matchPhases(manifest.workloads)
  const phases = temporal
    ? yield* Effect.forEach(
        matched,
        Effect.fnUntraced(function* ([prefill, decode]) {
          return comparePhases(yield* read(prefill.workload), yield* read(decode.workload))
        })
      )
    : null
  const document: CountsAnalysisDocument = {
    schema: "moira-counts-analysis/1",
    moira: version,
    input: countsInputOf(manifest),
    seed,
    heldOutShare,
    workloads,
    phases,
    notMeasured: countsGaps(manifest.workloads, matched, phases, workloads)
  }
  return document
})
