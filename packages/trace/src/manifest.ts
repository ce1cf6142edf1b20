/** `manifest.json` of a store: what it holds and where that came from. */
import { Schema } from "effect"
import { Count, Model } from "@moira/core"

export const storeSchema = "moira-store"
/** Raised when a reader of the last version cannot read what is written now. */
export const storeVersion = 2

/** Field of the file that holds the digest of all others; see `sealJson`. */
export const manifestDigest = "manifestSha256"

export const Manifest = Schema.Struct({
  schema: Schema.Literal(storeSchema),
  version: Schema.Literal(storeVersion),
  /** Version of Moira that wrote the store. */
  moira: Schema.String,
  model: Model,
  /** Real numbers of the MoE layers held. */
  layers: Schema.Array(Count),
  counts: Schema.Struct({
    requests: Count,
    /** Requests that can be drawn apart: groups, and requests of no group. */
    independentUnits: Count,
    /** Tokens with rows of their own, each computed token once, recorded or not. */
    prefillTokens: Count,
    decodeTokens: Count,
    /** Leading rows that are stored but not load, since an earlier request computed them. */
    repeatedTokens: Count,
    /** Prompt tokens that engines said they served from cache. */
    cachedTokens: Count,
    /** Tokens whose experts are not known at any layer. */
    unrecordedPrefillTokens: Count,
    unrecordedDecodeTokens: Count,
    /** Drafted tokens that were computed and rejected; they are among the decode tokens. */
    rejectedTokens: Count,
    /** Ids that are holes. */
    missingIds: Count,
    /** Ids that are choices of zero experts; left out where the model has none. */
    zeroIds: Schema.optionalKey(Count)
  }),
  groups: Schema.Array(
    Schema.Struct({ benchmark: Schema.String, subject: Schema.String, language: Schema.String, requests: Count })
  ),
  /** How the requests were made or read, for example `patterns-json` or `synthetic` with its seed. */
  origin: Schema.Struct({ format: Schema.String, options: Schema.Record(Schema.String, Schema.Json) }),
  /** What readers assumed, left out or found odd, and of how many requests. */
  remarks: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(["note", "warning"]),
      what: Schema.String,
      /** The first place that it is of, where one was told. */
      first: Schema.optionalKey(Schema.String),
      requests: Count
    })
  ),
  /**
   * Hash over the model's shape and, in order, all that is stored of each request but its source: labels, group, phases and
   * the hash of its ids. Two stores with the same value hold the same selections.
   */
  contentSha256: Schema.String,
  /**
   * What binds the files of a store to this manifest; a trace in memory has none. The footer of the selections holds the
   * checksums of all that lies before it.
   */
  seals: Schema.optionalKey(
    Schema.Struct({
      selections: Schema.Struct({ bytes: Count, footerSha256: Schema.String }),
      requestsSha256: Schema.String,
      overviewSha256: Schema.String
    })
  ),
  files: Schema.Struct({
    selections: Schema.Literal("selections.parquet"),
    requests: Schema.Literal("requests.parquet"),
    overview: Schema.Literal("overview.parquet")
  })
})
export type Manifest = typeof Manifest.Type
