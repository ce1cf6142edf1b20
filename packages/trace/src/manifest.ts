/** `manifest.json` of a store: what it holds and where that came from. */
import { Schema } from "effect"
import { Count, Model } from "@moira/core"

export const storeSchema = "moira-store"
/** Raised when a reader of the last version cannot read what is written now. */
export const storeVersion = 1

export const Manifest = Schema.Struct({
  schema: Schema.Literal(storeSchema),
  version: Schema.Literal(storeVersion),
  /** Version of Moira that wrote the store. */
  moira: Schema.String,
  model: Model,
  /** Real numbers of the MoE layers held. */
  layers: Schema.Array(Count),
  counts: Schema.Struct({ requests: Count, prefillTokens: Count, decodeTokens: Count, missingIds: Count }),
  groups: Schema.Array(
    Schema.Struct({ benchmark: Schema.String, subject: Schema.String, language: Schema.String, requests: Count })
  ),
  /** How the requests were made or read, for example `patterns-json` or `synthetic` with its seed. */
  origin: Schema.Struct({ format: Schema.String, options: Schema.Record(Schema.String, Schema.Json) }),
  /** Hash over the requests' own hashes, in order: two stores with the same value hold the same selections. */
  contentSha256: Schema.String,
  /** Of the bytes of the requests table, which has no checksums of its own; a trace in memory has no such table. */
  requestsSha256: Schema.optionalKey(Schema.String),
  files: Schema.Struct({ selections: Schema.String, requests: Schema.String })
})
export type Manifest = typeof Manifest.Type
