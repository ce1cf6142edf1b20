/** What a kind of result is: the documents it knows by their `schema`, and the metrics they hold. */
import type { PluginReference } from "@moira/core"
import type { Schema } from "effect"
import type { Input } from "./common.ts"
import { withDigest } from "./digest.ts"
import type { CountsInput } from "./counts.ts"
import type { Metrics } from "./metrics/metric.ts"

/** Version of this contract. */
export const resultContract = "result/v1"

/** What every result document says of itself, whatever its kind. Plain JSON: nothing in it is NaN or infinite. */
export interface ResultDocument {
  /** What the rest looks like, with a version: `moira-analysis/1`. */
  readonly schema: string
  /** Version of Moira that made it. */
  readonly moira: string
  /** What it was computed from; documents of the same input make one chapter. Left out where there are many inputs. */
  readonly input?: Input | CountsInput
  /** The plug-ins that made it, where it took some: provenance that every kind of document may have. */
  readonly plugins?: ReadonlyArray<PluginReference>
}

/** A document as it is made, with its plug-ins. */
export type Made<D extends ResultDocument> = D & { readonly plugins: ReadonlyArray<PluginReference> }

/** One kind of result. Pictures and words are added where they are drawn; see `ReportedKind` of the report package. */
export interface ResultKind<D extends ResultDocument = ResultDocument> {
  readonly contract: typeof resultContract
  /** Short name, for people and file names: `analysis`. */
  readonly id: string
  /** The `schema` of its documents. */
  readonly schema: string
  readonly document: Schema.Codec<D, unknown>
  /** Metrics that its documents hold by id. */
  readonly metrics: Metrics
}

/** Documents to report on, asked for by kind. */
export interface Evidence {
  readonly documents: ReadonlyArray<ResultDocument>
  /** The documents of a kind, in the order given. */
  readonly of: <D extends ResultDocument>(kind: ResultKind<D>) => ReadonlyArray<D>
}

/** Documents as evidence; those read from files are decoded by their kinds before. */
export const evidenceOf = (documents: ReadonlyArray<ResultDocument>): Evidence => ({
  documents,
  of: <D extends ResultDocument>({ schema }: ResultKind<D>) =>
    documents.filter((document): document is D => document.schema === schema)
})

/** The file form of a document: the same value gives the same bytes. It carries a digest of what it says; see `wasChanged`. */
export const documentText = (document: ResultDocument): string => `${JSON.stringify(withDigest(document), null, 1)}\n`
