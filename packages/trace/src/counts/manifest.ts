/** `manifest.json` of a counts store. */
import { Schema } from "effect"
import { Amount, Count, Model, PositiveCount } from "@moira/core"

export const countsSchema = "moira-counts"
/** Raised when a reader of the last version cannot read what is written now. */
export const countsVersion = 2

/** One workload: its summary and its rows in the table. */
export const CountsWorkload = Schema.Struct({
  workload: Schema.NonEmptyString,
  phase: Schema.Literals(["prefill", "decode", "both"]),
  steps: PositiveCount,
  /** Counts that make 1 of the source, where it gave loads that are not whole numbers. */
  scale: Schema.optionalKey(PositiveCount),
  selections: Count,
  layerSelections: Schema.Struct({ least: Count, greatest: Count }),
  emptyLayers: Schema.Array(Count),
  skew: Schema.Struct({ least: Amount, mean: Amount, greatest: Amount }),
  source: Schema.String,
  sha256: Schema.String,
  /** What the reader decided that a user should know, for example how ranks were put together. */
  notes: Schema.Array(Schema.String),
  /** First row of the table and how many; counts of zero have no row. */
  rows: Schema.Struct({ from: Count, count: Count })
})
export type CountsWorkload = typeof CountsWorkload.Type

export const CountsManifest = Schema.Struct({
  schema: Schema.Literal(countsSchema),
  version: Schema.Literal(countsVersion),
  /** Version of Moira that wrote the store. */
  moira: Schema.String,
  model: Schema.optionalKey(Model),
  /** Real numbers of the layers held. */
  layers: Schema.Array(Count),
  experts: PositiveCount,
  workloads: Schema.Array(CountsWorkload),
  origin: Schema.Struct({ format: Schema.String, options: Schema.Record(Schema.String, Schema.Json) }),
  /** Hash over shape, labels and counts: two stores with the same value hold the same counts. */
  contentSha256: Schema.String,
  /** Of the bytes of the table, which binds it to this manifest. */
  countsSha256: Schema.String,
  files: Schema.Struct({ counts: Schema.Literal("counts.parquet") })
})
export type CountsManifest = typeof CountsManifest.Type
