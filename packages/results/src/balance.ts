/** How even layouts make the load of units on what they have not seen, and whether hot experts stay hot. */
import { Schema } from "effect"
import { Interval, NotMeasured } from "./common.ts"

/** One layout; loads are counts of selections, of all of the traffic together. No time follows from them. */
export const BalanceOption = Schema.Struct({
  layout: Schema.Literals(["contiguous", "rearranged", "replicated"]),
  /** Slots a unit beyond the even share of experts. */
  slots: Schema.Int,
  /** Most loaded unit over the mean, all layers together; 1 is even. Mean over mean / max is its inverse. */
  imbalance: Schema.Finite,
  /** Greatest load of the contiguous layout over that of this one, chosen on some of the trace and judged on the rest. */
  evenness: Schema.Finite,
  interval: Schema.NullOr(Interval),
  /** Chosen and judged on the same. */
  inSampleEvenness: Schema.Finite,
  /** Chosen on the first half of the trace in its order, judged on the second. */
  orderedEvenness: Schema.NullOr(Schema.Finite)
})
export type BalanceOption = typeof BalanceOption.Type

export const BalanceLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  /** Most loaded unit over the mean: contiguous, and with the slots that come near the most even; judged held out. */
  contiguous: Schema.Finite,
  balanced: Schema.Finite,
  /** Experts with at least twice the mean load where the layout was chosen, and how many of them have it where judged. */
  hot: Schema.Finite,
  stillHot: Schema.Finite
})
export type BalanceLayer = typeof BalanceLayer.Type

/** What is drawn for the interval, which is what it says the figures hold for. */
export const BalanceSamples = Schema.Literals(["requests", "steps", "workloads", "selections"])
export type BalanceSamples = typeof BalanceSamples.Type

export const BalanceEvidence = Schema.Struct({
  units: Schema.Int,
  samples: BalanceSamples,
  /** How `evenness` and `interval` came about. */
  method: Schema.String,
  /** Empty where nothing could be judged; `notMeasured` says why. */
  options: Schema.Array(BalanceOption),
  /** Evenness of perfect balance, which no layout exceeds. */
  bound: Schema.Finite,
  persistence: Schema.Struct({
    /** Of the experts that are hot where the layout is chosen, the share that is hot where it is judged. */
    stillHotShare: Schema.NullOr(Schema.Finite),
    /** Held-out evenness over in-sample evenness, both less 1, of the slots that come near the most even. */
    retained: Schema.NullOr(Schema.Finite),
    /** The same for the evenness in the order of the trace. */
    retainedInOrder: Schema.NullOr(Schema.Finite)
  }),
  layers: Schema.Array(BalanceLayer),
  degenerateLayers: Schema.Array(Schema.Int),
  notMeasured: Schema.Array(NotMeasured)
})
export type BalanceEvidence = typeof BalanceEvidence.Type
