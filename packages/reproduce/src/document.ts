/** What was published, what was measured, and how far apart they are. */
import { Schema } from "effect"

/** A published value, or what the study says of it in words that can be checked: at least, or between. */
export const Published = Schema.Union([
  Schema.Struct({ value: Schema.Finite }),
  Schema.Struct({ atLeast: Schema.Finite }),
  Schema.Struct({ from: Schema.Finite, to: Schema.Finite })
])
export type Published = typeof Published.Type

const ReproducedUnit = Schema.Literals(["share", "times", "rho", "count", "percent", "microseconds"])

/**
 * One comparison. What needs traces is in `twin` and `real`; what needs none, such as a machine's spec, is in `ours`
 * and leaves them `null`. `null` where there was no trace, or nothing to measure; then `why` says what was missing.
 */
export const ReproducedRow = Schema.Struct({
  model: Schema.String,
  what: Schema.String,
  unit: ReproducedUnit,
  /** `null` where the study prints no number: the measured ones stand alone. */
  published: Schema.NullOr(Published),
  twin: Schema.NullOr(Schema.Finite),
  real: Schema.NullOr(Schema.Finite),
  ours: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
  /** How far off is still counted as agreeing, as a share of the published value; 0.15 when left out. */
  tolerance: Schema.optionalKey(Schema.Finite),
  why: Schema.optionalKey(Schema.String)
})
export type ReproducedRow = typeof ReproducedRow.Type

export const ReproducedExperiment = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  claim: Schema.String,
  rows: Schema.Array(ReproducedRow),
  notes: Schema.Array(Schema.String)
})
export type ReproducedExperiment = typeof ReproducedExperiment.Type

/** Everything but time and place: running it again gives the same bytes. */
export const ReproductionDocument = Schema.Struct({
  schema: Schema.Literal("moira-reproduction/1"),
  moira: Schema.String,
  seed: Schema.Int,
  /** How the synthetic twins were made; their content hashes by model. */
  twins: Schema.Struct({
    requests: Schema.Int,
    prefillTokens: Schema.Int,
    decodeTokens: Schema.Int,
    contentSha256: Schema.Record(Schema.String, Schema.String)
  }),
  /** Content hashes of the real traces, by model. */
  real: Schema.Record(Schema.String, Schema.String),
  experiments: Schema.Array(ReproducedExperiment)
})
export type ReproductionDocument = typeof ReproductionDocument.Type

/** Relative error against a published value: 0 inside a range, and at or above a least value; `null` without one. */
export const relativeError = (measured: number | null, published: Published | null): number | null => {
  if (measured === null || published === null) return null
  if ("value" in published) return (measured - published.value) / published.value
  if ("atLeast" in published)
    return measured >= published.atLeast ? 0 : (measured - published.atLeast) / published.atLeast
  if (measured < published.from) return (measured - published.from) / published.from
  return measured > published.to ? (measured - published.to) / published.to : 0
}
