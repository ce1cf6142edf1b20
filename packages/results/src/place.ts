/** What placements are worth before anybody loads them. */
import { Amount, Count } from "@moira/core"
import { Schema } from "effect"
import { Input, Interval, NotMeasured } from "./common.ts"
import { CountsInput } from "./counts.ts"
import { MachineSummary } from "./simulation.ts"

/** Balance of the units' loads under the three names that engines use; `formulas` of the result says what they are. */
const PlaceBalances = Schema.Struct({
  sglang: Schema.Finite,
  vllm: Schema.Finite,
  tensorrt: Schema.Finite
})

/** One layout judged on one traffic; times are means of a layer step over layers. */
export const PlaceScore = Schema.Struct({
  balances: PlaceBalances,
  dispatchPs: Amount,
  expertsPs: Amount,
  combinePs: Amount,
  layerTimePs: Amount,
  /** Layer time of the present layout over that of this one, on the same traffic. */
  speedup: Schema.Finite
})
export type PlaceScore = typeof PlaceScore.Type

/** A file that an engine loads, read back before it was named here. */
const PlaceFile = Schema.Struct({ exporter: Schema.String, file: Schema.String, loads: Schema.String })

export const PlaceLayout = Schema.Struct({
  /** Name of the optimizer; `present` for what lies where now. */
  optimizer: Schema.String,
  title: Schema.String,
  /** What the optimizer says of its layout, such as a proof. */
  note: Schema.optionalKey(Schema.String),
  slotsPerUnit: Count,
  /** On the traffic that placed it, and on traffic that did not; `null` where there is none. */
  inSample: PlaceScore,
  heldOut: Schema.NullOr(PlaceScore),
  /** 95 % bootstrap intervals of the held-out SGLang balance and speedup. */
  balanceInterval: Schema.NullOr(Interval),
  speedupInterval: Schema.NullOr(Interval),
  migration: Schema.Struct({ slots: Count, bytes: Amount, fetched: Count, fetchedBytes: Amount }),
  /** Copies that share a unit with another of their expert, over all layers, and slots that the optimizer left empty. */
  copiesSharingUnit: Count,
  emptySlots: Count,
  /** What follows is on held-out traffic, or in sample where there is none: load of each unit over the mean. */
  unitLoad: Schema.Array(Schema.Finite),
  layerBalance: Schema.Array(Schema.Finite),
  /** Bytes from unit (row) to unit in a layer step, averaged over layers and rounded, then by link of the machine. */
  traffic: Schema.Array(Schema.Array(Count)),
  linkBytes: Schema.Array(Count),
  crossServerBytes: Count,
  /** Expert in each slot, by layer; -1 for none. */
  physicalToLogical: Schema.Array(Schema.Array(Schema.Int)),
  files: Schema.Array(PlaceFile)
})
export type PlaceLayout = typeof PlaceLayout.Type

export const PlaceResult = Schema.Struct({
  machine: MachineSummary,
  units: Count,
  /** Server of each unit. */
  serverOf: Schema.Array(Count),
  spareSlots: Count,
  experts: Count,
  layers: Schema.Array(Count),
  expertBytes: Schema.Finite,
  batchTokens: Count,
  deadUnits: Schema.Array(Count),
  migrationSlots: Schema.NullOr(Count),
  /** What placed the experts, and what judged them held out. */
  fittedOn: Schema.String,
  judgedOn: Schema.NullOr(Schema.String),
  /** `tokens`: counted; `independence`: expected of shares as if a token chose each expert whatever else it chooses. */
  trafficFrom: Schema.Literals(["tokens", "independence"]),
  formulas: Schema.Record(Schema.String, Schema.String),
  /** Layouts, the present one first. */
  layouts: Schema.Array(PlaceLayout),
  warnings: Schema.Array(Schema.String),
  notMeasured: Schema.Array(NotMeasured)
})
export type PlaceResult = typeof PlaceResult.Type

export const PlaceDocument = Schema.Struct({
  schema: Schema.Literal("moira-place/1"),
  moira: Schema.String,
  input: Schema.Union([Input, CountsInput]),
  seed: Schema.Int,
  place: PlaceResult
})
export type PlaceDocument = typeof PlaceDocument.Type
