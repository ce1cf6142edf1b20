/** "Should I enable balancing?": what replicating hot experts would gain on requests that the layout has not seen. */
import { Schema } from "effect"
import { Input, Interval, NotMeasured } from "./common.ts"
import { CountsInput } from "./counts.ts"

/**
 * One layout. Costs are proportional to load: a layer takes as long as its most loaded unit, and `gain` is the time of
 * the contiguous layout over that of this one, summed over layers.
 */
export const BalanceOption = Schema.Struct({
  layout: Schema.Literals(["contiguous", "rearranged", "replicated"]),
  /** Slots a unit beyond the even share of experts. */
  slots: Schema.Int,
  /** Most loaded unit over the mean, all layers together; 1 is even. Mean over mean / max is its inverse. */
  imbalance: Schema.Finite,
  /** Chosen on some of the trace, judged on the rest; 1 for contiguous. */
  gain: Schema.Finite,
  interval: Schema.NullOr(Interval),
  /** Chosen and judged on the same: what a report without held-out data would promise. */
  inSampleGain: Schema.Finite,
  /** Chosen on the first half of the trace in its order, judged on the second. */
  orderedGain: Schema.NullOr(Schema.Finite),
  /** Memory of the slots of all layers, a unit; `null` where the model is not known. */
  bytesPerUnit: Schema.NullOr(Schema.Finite)
})
export type BalanceOption = typeof BalanceOption.Type

export const BalanceLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  /** Most loaded unit over the mean: contiguous, and with the slots that the advice takes; judged held out. */
  contiguous: Schema.Finite,
  advised: Schema.Finite,
  /** Experts with at least twice the mean load where the layout was chosen, and how many of them have it where judged. */
  hot: Schema.Finite,
  stillHot: Schema.Finite
})
export type BalanceLayer = typeof BalanceLayer.Type

/** What is drawn for the interval, which is what it says the advice holds for. */
export const BalanceSamples = Schema.Literals(["requests", "steps", "workloads", "selections"])
export type BalanceSamples = typeof BalanceSamples.Type

export const BalanceAdvice = Schema.Struct({
  units: Schema.Int,
  /** `cannot tell`: nothing to judge a layout on. */
  verdict: Schema.Literals(["yes", "perhaps", "no", "cannot tell"]),
  sentence: Schema.String,
  /** The fewest slots that come near the best gain; `null` unless the verdict is yes or perhaps. */
  advisedSlots: Schema.NullOr(Schema.Int),
  samples: BalanceSamples,
  /** How `gain` and `interval` came about. */
  method: Schema.String,
  options: Schema.Array(BalanceOption),
  /** Gain of perfect balance, which no layout exceeds. */
  bound: Schema.Finite,
  persistence: Schema.Struct({
    /** Of the experts that are hot where the layout is chosen, the share that is hot where it is judged. */
    stillHotShare: Schema.NullOr(Schema.Finite),
    /** Held-out gain over in-sample gain, both less 1, of the advised (or greatest) slots. */
    retained: Schema.NullOr(Schema.Finite),
    /** The same for the gain in the order of the trace. */
    retainedInOrder: Schema.NullOr(Schema.Finite)
  }),
  layers: Schema.Array(BalanceLayer),
  degenerateLayers: Schema.Array(Schema.Int),
  leavesOut: Schema.Array(Schema.String),
  notMeasured: Schema.Array(NotMeasured)
})
export type BalanceAdvice = typeof BalanceAdvice.Type

export const AdviceDocument = Schema.Struct({
  schema: Schema.Literal("moira-advice/1"),
  moira: Schema.String,
  input: Schema.Union([Input, CountsInput]),
  seed: Schema.Int,
  phase: Schema.Literals(["prefill", "decode", "both"]),
  advice: BalanceAdvice
})
export type AdviceDocument = typeof AdviceDocument.Type
