/** Pieces that result documents share. Results are plain JSON: nothing in them is NaN or infinite. */
import { Schema } from "effect"
import { AcrossTasks } from "./across-tasks.ts"

export const Interval = Schema.Tuple([Schema.Finite, Schema.Finite])

/** What a result was computed from: enough to compute it again and compare byte for byte. */
export const Input = Schema.Struct({
  model: Schema.String,
  title: Schema.String,
  contentSha256: Schema.String,
  requests: Schema.Int,
  /** Requests that can be drawn apart: told where some share tokens, such as the turns of a conversation. */
  independentUnits: Schema.optionalKey(Schema.Int),
  prefillTokens: Schema.Int,
  decodeTokens: Schema.Int,
  layers: Schema.Array(Schema.Int),
  experts: Schema.Int,
  topK: Schema.Int,
  origin: Schema.String,
  /** What is wrong or odd with the trace, a sentence each; left out where nothing is. */
  warnings: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Input = typeof Input.Type

/**
 * Share of selections that the top 20 % of candidates cover, three ways: chosen and measured on all requests
 * (`inSample`, to compare with the study), chosen on one half and measured on the other (`heldOut`, with a 95 %
 * bootstrap interval over requests), and the same without conditioning (`popularity`, also held out).
 * `null` where it cannot be measured, for example with one request. Requests that judge are of the tasks that chose;
 * `acrossTasks` is left out where the trace has one task, or a half of them has no selections.
 */
export const Coverage = Schema.Struct({
  inSample: Schema.Finite,
  heldOut: Schema.NullOr(Schema.Finite),
  interval: Schema.NullOr(Interval),
  popularity: Schema.NullOr(Schema.Finite),
  acrossTasks: Schema.optionalKey(AcrossTasks)
})
export type Coverage = typeof Coverage.Type

/** A square matrix of exact counts, row-major: `counts[i * size + j]`. */
export const CountMatrix = Schema.Struct({ size: Schema.Int, counts: Schema.Array(Schema.Int) })
export type CountMatrix = typeof CountMatrix.Type

/** Something that was asked for and cannot be answered from this trace, and why. */
export const NotMeasured = Schema.Struct({ what: Schema.String, why: Schema.String })
export type NotMeasured = typeof NotMeasured.Type
