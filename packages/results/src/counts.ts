/** What counts of experts show without tokens: Ob4, and of Ob3 the frequencies. */
import { Schema } from "effect"
import { NotMeasured } from "./common.ts"
import { PopularityLayer, SpatialResult } from "./analysis/spatial.ts"

/** What a counts analysis was computed from. The model is `null` where the counts do not say. */
export const CountsInput = Schema.Struct({
  model: Schema.NullOr(Schema.String),
  title: Schema.NullOr(Schema.String),
  contentSha256: Schema.String,
  workloads: Schema.Int,
  selections: Schema.Int,
  /** Real numbers of the layers that hold counts in some workload. */
  layers: Schema.Array(Schema.Int),
  experts: Schema.Int,
  topK: Schema.NullOr(Schema.Int),
  origin: Schema.String
})
export type CountsInput = typeof CountsInput.Type

/** Ob4 of one workload. Held-out figures are over recorded steps, and `null` where there is one. */
export const CountsWorkloadResult = Schema.Struct({
  workload: Schema.String,
  phase: Schema.Literals(["prefill", "decode", "both"]),
  steps: Schema.Int,
  selections: Schema.Int,
  layers: Schema.Array(PopularityLayer),
  mean: SpatialResult.fields.popularity.fields.mean,
  degenerateLayers: Schema.Array(Schema.Int),
  /** Layers without any count: dense ones, or ones that were not recorded. */
  emptyLayers: Schema.Array(Schema.Int)
})
export type CountsWorkloadResult = typeof CountsWorkloadResult.Type

const Overlaps = {
  overlapTop5: Schema.Finite,
  overlapTop10: Schema.Finite,
  overlapTop20: Schema.Finite
}

const CountsCeiling = Schema.Struct({
  rhoFrequency: Schema.NullOr(Schema.Finite),
  overlapTop5: Schema.NullOr(Schema.Finite),
  overlapTop10: Schema.NullOr(Schema.Finite),
  overlapTop20: Schema.NullOr(Schema.Finite)
})

/** Prefill against decode of one workload: Spearman rho of expert frequencies, `null` where one side is constant. */
export const CountsPhaseLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  rhoFrequency: Schema.NullOr(Schema.Finite),
  ...Overlaps,
  /** What the size of the smaller of the two allows, as in the analysis of traces. */
  ceiling: Schema.optionalKey(CountsCeiling)
})
export type CountsPhaseLayer = typeof CountsPhaseLayer.Type

export const CountsPhases = Schema.Struct({
  prefill: Schema.String,
  decode: Schema.String,
  layers: Schema.Array(CountsPhaseLayer),
  /** Means over layers that are not degenerate; `null` without any. */
  mean: Schema.NullOr(
    Schema.Struct({
      rhoFrequency: Schema.NullOr(Schema.Finite),
      ...Overlaps,
      ceiling: Schema.optionalKey(CountsCeiling)
    })
  )
})
export type CountsPhases = typeof CountsPhases.Type

export const CountsAnalysisDocument = Schema.Struct({
  schema: Schema.Literal("moira-counts-analysis/1"),
  moira: Schema.String,
  input: CountsInput,
  seed: Schema.Int,
  heldOutShare: Schema.Finite,
  /** `null` where it was not asked for. */
  workloads: Schema.NullOr(Schema.Array(CountsWorkloadResult)),
  phases: Schema.NullOr(Schema.Array(CountsPhases)),
  notMeasured: Schema.Array(NotMeasured)
})
export type CountsAnalysisDocument = typeof CountsAnalysisDocument.Type
