/** What simulated machines and strategies come to side by side: which is fastest, what binds it, what a part of it buys. */
import { Amount, Count } from "@moira/core"
import { Schema } from "effect"
import { Input, NotMeasured } from "./common.ts"

/** A parameter of a run: a number, or a word. */
export const ParameterValue = Schema.Union([Schema.Finite, Schema.String])
export type ParameterValue = typeof ParameterValue.Type

/** Values of parameters by their names: `batch`, `strategy`, `machine.linkBytesPerSec`. */
const Parameters = Schema.Record(Schema.String, ParameterValue)

/** Throughput over that of other runs; of several, the geometric mean with the least and the greatest. */
export const ComparedFactor = Schema.Struct({
  factor: Schema.Finite,
  least: Schema.Finite,
  greatest: Schema.Finite,
  /** How many pairs of runs it is of. */
  pairs: Count
})
export type ComparedFactor = typeof ComparedFactor.Type

const Share = Schema.Struct({ name: Schema.String, share: Schema.Finite })

export const ComparedMachine = Schema.Struct({
  /** Its name, and the fields of its spec that vary. */
  label: Schema.String,
  name: Schema.String,
  backend: Schema.String,
  units: Count,
  /** Numbers and words of its spec by dotted name. */
  spec: Parameters,
  /** What all of it takes, by metric id; a figure that neither its spec nor anybody gives is left out. */
  costs: Schema.Record(Schema.String, Schema.Finite),
  /** Over the reference machine, over all rows of both that differ in nothing else; `null` of the reference. */
  overReference: Schema.NullOr(ComparedFactor)
})
export type ComparedMachine = typeof ComparedMachine.Type

/** What is the same for every run that is compared: the workload, and how it is simulated. */
const ComparedSetting = Schema.Struct({ label: Schema.String, at: Parameters })

export const ComparedStrategy = Schema.Struct({
  /** Its name, and the parameters of it that vary. */
  label: Schema.String,
  name: Schema.String,
  /** An oracle or a bound: it measures others, and nobody can serve with it. */
  yardstick: Schema.Boolean,
  /** Over the baseline, over all rows of both that differ in nothing else; `null` of the baseline. */
  overBaseline: Schema.NullOr(ComparedFactor)
})
export type ComparedStrategy = typeof ComparedStrategy.Type

/** What adds up to the time, from the lower bound on. */
export const waterfallParts = ["bound", "work", "imbalance", "link", "exchange", "decision", "latency"] as const

/** Runs that differ in nothing but their seeds. */
export const ComparedRow = Schema.Struct({
  /** Numbers of its setting, machine and strategy. */
  setting: Count,
  machine: Count,
  strategy: Count,
  /** Parameters that vary among the rows. */
  at: Parameters,
  seeds: Schema.Array(Schema.Int),
  /** Means over the seeds, by metric id. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  /** Of the throughput over the seeds, with the standard deviation; `null` of a single one. */
  spread: Schema.NullOr(Schema.Struct({ least: Amount, greatest: Amount, deviation: Amount })),
  /** Parts of the time as `bound_*_share` names them, the greatest first; empty where runs do not tell them apart. */
  binds: Schema.Array(Share),
  /** The unit that is the busiest most often and the link that is waited for most often, with their shares of the layer steps. */
  busiestUnit: Schema.NullOr(Share),
  busiestLink: Schema.NullOr(Share),
  /**
   * Whole picoseconds of all seeds together, which add up to the simulated time: the lower bound, then what each part adds above
   * it. `null` where runs do not tell the parts apart.
   */
  waterfall: Schema.NullOr(Schema.Array(Schema.Struct({ part: Schema.Literals(waterfallParts), ps: Count }))),
  /** Throughput over that of the baseline on the same machine, and over that of the same strategy on the reference machine; by seed. */
  overBaseline: Schema.NullOr(ComparedFactor),
  overReference: Schema.NullOr(ComparedFactor)
})
export type ComparedRow = typeof ComparedRow.Type

/** Which rows of a setting are the best for what they cost. Rows by number. */
export const ParetoFront = Schema.Struct({
  setting: Count,
  /** No other row is as fast for as little; from the cheapest to the fastest. */
  front: Schema.Array(Count),
  /** Farthest from the line between the ends of the front, both objectives scaled to it; `null` where none is above that line. */
  knee: Schema.NullOr(Count),
  /** A row of the front that is faster for no more, or as fast for less. */
  dominated: Schema.Array(Schema.Struct({ row: Count, by: Count })),
  /** Rows without a figure for the objective. */
  without: Schema.Array(Count)
})
export type ParetoFront = typeof ParetoFront.Type

/** What one numeric parameter moves while all others stand still. Lines are rows that differ in it alone. */
export const Sensitivity = Schema.Struct({
  field: Schema.String,
  /** Numbers of the strategies whose rows these are: one, or several that differ in the field; and what they are called without it. */
  strategies: Schema.Array(Count),
  of: Schema.String,
  lines: Count,
  /** The range of values of the field. */
  from: Schema.Finite,
  to: Schema.Finite,
  /** d ln(throughput) / d ln(field), least squares over each line; the mean of lines, the least and the greatest; `null` at values that are not above 0. */
  elasticity: Schema.NullOr(Schema.Finite),
  elasticityLeast: Schema.NullOr(Schema.Finite),
  elasticityGreatest: Schema.NullOr(Schema.Finite),
  /** Throughput at the greatest value over that at the least: geometric mean of lines, and its range. */
  factor: ComparedFactor,
  /** d ln(objective) / d ln(field), the mean of lines; `null` where rows have no figure. */
  costElasticity: Schema.NullOr(Schema.Finite)
})
export type Sensitivity = typeof Sensitivity.Type

/** Where a curve changes what it follows: between these values of the field. */
export const ScalingBreak = Schema.Struct({
  low: Schema.Finite,
  high: Schema.Finite,
  /** The greatest part of the time below and above; `null` where runs do not tell the parts apart. */
  bindsBelow: Schema.NullOr(Schema.String),
  bindsAbove: Schema.NullOr(Schema.String),
  /** From the break before, or the first point, on; up to the next one, or the last point; `null` where no two points are between. */
  elasticityBelow: Schema.NullOr(Schema.Finite),
  elasticityAbove: Schema.NullOr(Schema.Finite)
})
export type ScalingBreak = typeof ScalingBreak.Type

/** Rows that differ in the field alone. */
export const ScalingCurve = Schema.Struct({
  setting: Count,
  /** Numbers of the strategies of its points: one, or several that differ in the field; and what they are called without it. */
  strategies: Schema.Array(Count),
  of: Schema.String,
  /** What else tells this curve from others; empty where nothing does. */
  label: Schema.String,
  points: Schema.Array(
    Schema.Struct({
      value: Schema.Finite,
      row: Count,
      /** Elasticity from the point before to this one; `null` of the first. */
      elasticity: Schema.NullOr(Schema.Finite)
    })
  ),
  breaks: Schema.Array(ScalingBreak)
})
export type ScalingCurve = typeof ScalingCurve.Type

/** What throughput is weighed against. */
export const objectives = ["energy", "area", "money", "memory"] as const
export type Objective = (typeof objectives)[number]

export const Comparison = Schema.Struct({
  /** Where runs come from, and how many each gave. */
  sources: Schema.Array(Schema.Struct({ name: Schema.String, runs: Count })),
  /** Strategy that others are over; `null` where it did not run. */
  baseline: Schema.NullOr(Schema.String),
  /** Number of the machine that others are over. */
  reference: Count,
  against: Schema.Literals(objectives),
  /** Numeric parameter that scaling curves run along; `null` where none has two values. */
  by: Schema.NullOr(Schema.String),
  /** Parameters that vary, with their values in order, and those that do not. */
  axes: Schema.Array(Schema.Struct({ field: Schema.String, values: Schema.Array(ParameterValue) })),
  constants: Parameters,
  settings: Schema.Array(ComparedSetting),
  machines: Schema.Array(ComparedMachine),
  strategies: Schema.Array(ComparedStrategy),
  rows: Schema.Array(ComparedRow),
  /**
   * The answer: the setting it is of, its fastest row, the row of the fastest other strategy on that machine, the knee of its front,
   * and what to say, a sentence each.
   */
  verdict: Schema.Struct({
    setting: Count,
    fastest: Count,
    next: Schema.NullOr(Count),
    knee: Schema.NullOr(Count),
    sentences: Schema.Array(Schema.String)
  }),
  pareto: Schema.Array(ParetoFront),
  sensitivities: Schema.Array(Sensitivity),
  scaling: Schema.Array(ScalingCurve),
  warnings: Schema.Array(Schema.String),
  notMeasured: Schema.Array(NotMeasured)
})
export type Comparison = typeof Comparison.Type

export const ComparisonDocument = Schema.Struct({
  schema: Schema.Literal("moira-comparison/1"),
  moira: Schema.String,
  /** The trace, where all runs are of one. */
  input: Schema.optionalKey(Input),
  comparison: Comparison
})
export type ComparisonDocument = typeof ComparisonDocument.Type
