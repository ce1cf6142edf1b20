/** What the temporal analysis finds: Ob1, Ob2 and Ob3 of the study (Figures 4 to 7), and change and reuse over time. */
import { Schema } from "effect"
import { CountMatrix, Coverage, NotMeasured } from "../common.ts"
import { PositionDrift, RequestDrift } from "./drift.ts"
import { Reuse } from "./reuse.ts"

/**
 * The relation between the selection of expert i and that of expert j one step later, at one layer: the next MoE
 * layer for the same token (Ob1) or the next token at the same layer (Ob2).
 */
export const RelationLayer = Schema.Struct({
  layer: Schema.Int,
  /** Layer of j: the next MoE layer for Ob1, `layer` itself for Ob2. */
  nextLayer: Schema.Int,
  /** One expert takes more than 95 % of the selections here or at `nextLayer`; left out of means. */
  degenerate: Schema.Boolean,
  /** Averaged over experts i, weighted by how often they are selected. */
  coverage: Coverage,
  /** The most selected expert i, and the same coverage given that one alone. */
  topExpert: Schema.Int,
  topExpertCoverage: Coverage,
  /** Cumulative share that the best n of `experts` candidates cover in sample, n = 1 ... experts; averaged over i. */
  cdf: Schema.Array(Schema.Finite),
  topExpertCdf: Schema.Array(Schema.Finite),
  /** Share of the joint counts on the diagonal i = j, over the share expected without a relation. */
  diagonalLift: Schema.Finite
})
export type RelationLayer = typeof RelationLayer.Type

export const Relation = Schema.Struct({
  layers: Schema.Array(RelationLayer),
  /** Means over layers that are not degenerate; `null` without any. */
  mean: Schema.NullOr(Coverage),
  meanTopExpert: Schema.NullOr(Coverage),
  degenerateLayers: Schema.Array(Schema.Int),
  /** Joint counts of a few layers (lower, middle, upper), for heatmaps. */
  heatmaps: Schema.Array(Schema.Struct({ layer: Schema.Int, nextLayer: Schema.Int, matrix: CountMatrix }))
})
export type Relation = typeof Relation.Type

const Mean = Schema.NullOr(Schema.Finite)

/**
 * What the sample size allows: the same figures of the larger phase against itself, thinned to the size of the smaller one. A
 * figure near its ceiling is as great as so few tokens can show; one below 0.7 under a ceiling below 0.7 says nothing.
 */
export const PhaseCeiling = Schema.Struct({
  rhoFrequency: Mean,
  rhoCrossLayer: Mean,
  rhoCrossToken: Mean,
  overlapTop5: Mean,
  overlapTop10: Mean,
  overlapTop20: Mean
})
export type PhaseCeiling = typeof PhaseCeiling.Type

/** Spearman rho is `null` where one side is constant and no rank correlation exists. */
export const PhaseLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  rhoFrequency: Schema.NullOr(Schema.Finite),
  rhoCrossLayer: Schema.NullOr(Schema.Finite),
  rhoCrossToken: Schema.NullOr(Schema.Finite),
  /** Share of the n most selected experts of prefill that are among the n most selected of decode. */
  overlapTop5: Schema.Finite,
  overlapTop10: Schema.Finite,
  overlapTop20: Schema.Finite,
  ceiling: Schema.optionalKey(PhaseCeiling)
})
export type PhaseLayer = typeof PhaseLayer.Type

export const PrefillDecode = Schema.Struct({
  layers: Schema.Array(PhaseLayer),
  mean: Schema.Struct({
    rhoFrequency: Mean,
    rhoCrossLayer: Mean,
    rhoCrossToken: Mean,
    overlapTop5: Mean,
    overlapTop10: Mean,
    overlapTop20: Mean,
    ceiling: Schema.optionalKey(PhaseCeiling)
  })
})
export type PrefillDecode = typeof PrefillDecode.Type

export const TemporalResult = Schema.Struct({
  /** Ob1: `null` with a single MoE layer. */
  crossLayer: Schema.NullOr(Relation),
  /** Ob2. */
  crossToken: Schema.NullOr(Relation),
  /** Ob3: `null` where one phase is missing. */
  prefillDecode: Schema.NullOr(PrefillDecode),
  /** Change over decode steps: `null` where decodes have a single step. */
  positionDrift: Schema.NullOr(PositionDrift),
  /** Change over the requests of the trace: `null` with too few of them. */
  requestDrift: Schema.NullOr(RequestDrift),
  /** Reuse distance of experts in decode: `null` without decode tokens. */
  reuse: Schema.NullOr(Reuse),
  notMeasured: Schema.Array(NotMeasured)
})
export type TemporalResult = typeof TemporalResult.Type
