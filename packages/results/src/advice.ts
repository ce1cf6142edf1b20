/** "Should I enable balancing?": what rearranging and replicating experts gains at each batch, by simulated layer steps. */
import { Amount, Count } from "@moira/core"
import { Schema } from "effect"
import { BalanceEvidence } from "./balance.ts"
import { Input, Interval, NotMeasured } from "./common.ts"
import { CountsInput } from "./counts.ts"
import { MachineSummary } from "./simulation.ts"

/** `cannot tell`: there is a gain, and too few groups judge to say that it is one. */
export const AdviceVerdict = Schema.Literals(["yes", "perhaps", "no", "costs time", "cannot tell"])
export type AdviceVerdict = typeof AdviceVerdict.Type

/** One layout at one batch. */
export const AdviceOption = Schema.Struct({
  layout: Schema.Literals(["contiguous", "rearranged", "replicated"]),
  /** Slots a unit beyond the even share of experts. */
  slots: Count,
  /** Time of a layer step of the contiguous layout over that of this one, on the same steps; 1 for contiguous. */
  speedup: Schema.Finite,
  /** 95 %, over groups; `null` for contiguous and where groups are too few. */
  interval: Schema.NullOr(Interval),
  layerTimePs: Amount,
  /** Of the simulated steps, by metric id: throughput, balancedness, and what binds. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  /** Part of a layer step's time that is the longest, as the metrics `bound_*_share` name it; `null` where they are not there. */
  binds: Schema.NullOr(Schema.String),
  /** Memory that the copies of all layers take of each unit. */
  bytesPerUnit: Amount
})
export type AdviceOption = typeof AdviceOption.Type

export const AdviceBatch = Schema.Struct({
  /** Tokens of one layer step, all units together. */
  batchTokens: Count,
  verdict: AdviceVerdict,
  /** The fewest slots that come near the best speed-up; `null` unless the verdict is yes or perhaps. */
  advisedSlots: Schema.NullOr(Count),
  /** What binds before and after, and why that gains or costs time. */
  because: Schema.String,
  /** Contiguous first, then by slots. */
  options: Schema.Array(AdviceOption)
})
export type AdviceBatch = typeof AdviceBatch.Type

/** What an engine is started with, or what a file says, to get the advised layout. */
const EngineFlags = Schema.Struct({ exporter: Schema.String, flags: Schema.String })

export const Advice = Schema.Struct({
  machine: MachineSummary,
  units: Count,
  optimizer: Schema.String,
  /** Of all batches: yes where some batch is. */
  verdict: AdviceVerdict,
  sentence: Schema.String,
  batches: Schema.Array(AdviceBatch),
  /** What placed the experts, and what judged them. */
  fittedOn: Schema.String,
  judgedOn: Schema.String,
  /** What the intervals draw again, and how many of them judge; groups are of requests that belong together. */
  samples: Schema.Literals(["requests", "groups", "steps"]),
  groups: Count,
  /** Most decode steps of a batch. */
  steps: Count,
  /** Bytes of each unit: what experts take without copies, what the KV cache is left, and what is there for copies. */
  memory: Schema.Struct({
    expertsBytes: Amount,
    kvReserveBytes: Amount,
    copiesBytes: Amount,
    /** Slots a unit that were asked for, and the most that were considered. */
    slotsAsked: Count,
    slotsConsidered: Count
  }),
  /** Commands that place the advised layout, and that simulate it. */
  commands: Schema.Array(Schema.String),
  engines: Schema.Array(EngineFlags),
  /** How even the load is, and whether that lasts; `null` where it was not measured. No time follows from it. */
  balance: Schema.NullOr(BalanceEvidence),
  warnings: Schema.Array(Schema.String),
  notMeasured: Schema.Array(NotMeasured)
})
export type Advice = typeof Advice.Type

export const AdviceDocument = Schema.Struct({
  schema: Schema.Literal("moira-advice/2"),
  moira: Schema.String,
  input: Schema.Union([Input, CountsInput]),
  seed: Schema.Int,
  advice: Advice
})
export type AdviceDocument = typeof AdviceDocument.Type
