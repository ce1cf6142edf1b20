/** The study's six insights, judged on one trace. */
import { Schema } from "effect"
import { Input, Interval } from "./common.ts"

export const Verdict = Schema.Literals(["supported", "weak", "not supported", "not testable"])
export type Verdict = typeof Verdict.Type

/** One thing that was measured, and what it is compared with. */
export const InsightEvidence = Schema.Struct({
  what: Schema.String,
  unit: Schema.Literals(["share", "points", "rho", "factor", "distance", "count"]),
  value: Schema.Finite,
  /** 95 %, over requests; `null` where the analysis gives none, which is then point evidence. */
  interval: Schema.NullOr(Interval),
  /** What chance, popularity or an even layout gives. */
  against: Schema.NullOr(Schema.Struct({ what: Schema.String, value: Schema.Finite }))
})
export type InsightEvidence = typeof InsightEvidence.Type

export const Insight = Schema.Struct({
  number: Schema.Int,
  title: Schema.String,
  claim: Schema.String,
  /** Observations that it rests on. */
  observations: Schema.Array(Schema.String),
  verdict: Verdict,
  /** Why that verdict, in one sentence. */
  because: Schema.String,
  evidence: Schema.Array(InsightEvidence),
  /** What to do with it, with this trace's numbers; `null` where the insight does not hold or was not tested. */
  parameter: Schema.NullOr(
    Schema.Struct({
      advice: Schema.String,
      values: Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.Array(Schema.Finite)]))
    })
  )
})
export type Insight = typeof Insight.Type

export const InsightsDocument = Schema.Struct({
  schema: Schema.Literal("moira-insights/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  heldOutShare: Schema.Finite,
  insights: Schema.Array(Insight)
})
export type InsightsDocument = typeof InsightsDocument.Type
