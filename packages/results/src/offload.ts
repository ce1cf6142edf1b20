/** What a simulation of a unit that caches experts finds. */
import { Count } from "@moira/core"
import { Schema } from "effect"
import { Input, Interval, NotMeasured } from "./common.ts"
import { MachineSummary } from "./simulation.ts"

const Range = Schema.NullOr(Interval)
/** A memory behind the unit, and what copying one expert from it takes. */
const OffloadTier = Schema.Struct({
  name: Schema.String,
  /** Experts that fit. */
  experts: Count,
  /** Time on the link, and how much later the expert has arrived. */
  occupyPs: Count,
  latencyPs: Count
})
type OffloadTier = typeof OffloadTier.Type

export const OffloadMachine = Schema.Struct({
  ...MachineSummary.fields,
  /** Experts that fit into the unit's own memory. */
  unitExperts: Count,
  tiers: Schema.Array(OffloadTier)
})
export type OffloadMachine = typeof OffloadMachine.Type

/** One cache: a policy with so many slots, on one machine. */
export const OffloadRun = Schema.Struct({
  /** Name of one of the machines. */
  machine: Schema.String,
  batch: Count,
  /** Cache policy, and its title. */
  strategy: Schema.String,
  title: Schema.String,
  /** The most that the policy looks at: an oracle sees the future. */
  knows: Schema.Literals(["past", "training", "forecast", "future"]),
  /** Experts fetched ahead for a step. */
  prefetch: Count,
  /** Slots of a layer, or of all together: see `scope`. */
  slots: Count,
  /** Slots over all experts that they are for. */
  slotShare: Schema.Finite,
  /** By metric id; see the metric table. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  /** 95 % bootstrap intervals over batches of requests, of the hit rate and of the throughput. */
  hitRateInterval: Range,
  throughputInterval: Range,
  /** Hit rate by MoE layer; `null` where nothing was needed. */
  layers: Schema.Array(Schema.Struct({ layer: Schema.Int, hitRate: Schema.NullOr(Schema.Finite) }))
})
export type OffloadRun = typeof OffloadRun.Type

export const OffloadResult = Schema.Struct({
  /** Whether each layer has its own slots or all share them. */
  scope: Schema.Literals(["layer", "all"]),
  /** Requests of each role: what predicts learnt from the first two, caches are judged on the last. */
  split: Schema.Struct({ train: Schema.Int, validation: Schema.Int, test: Schema.Int }),
  decodeTokens: Count,
  /** Predictor that says who makes room, and that which says what to fetch ahead; `null` where nobody asks. */
  cachePredictor: Schema.NullOr(Schema.String),
  prefetchPredictor: Schema.NullOr(Schema.String),
  /** Whether that is for the next layer of the same token, or for the same layer of the next token. */
  prefetchFor: Schema.Literals(["layer", "token"]),
  bytesPerWeight: Schema.Finite,
  expertBytes: Schema.Finite,
  /** Experts of all MoE layers. */
  expertsInAll: Count,
  /** Time between the experts of two layers, for attention and all else. */
  betweenPs: Count,
  machines: Schema.Array(OffloadMachine),
  runs: Schema.Array(OffloadRun),
  warnings: Schema.Array(Schema.String),
  notMeasured: Schema.Array(NotMeasured)
})
export type OffloadResult = typeof OffloadResult.Type

export const OffloadDocument = Schema.Struct({
  schema: Schema.Literal("moira-offload/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  offload: OffloadResult
})
export type OffloadDocument = typeof OffloadDocument.Type
