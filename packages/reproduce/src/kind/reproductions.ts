/** Reproductions of the study as a kind of result. */
import { type Evidence, type ResultKind } from "@moira/results"
import { ReproductionDocument } from "../document.ts"

/** What `moira reproduce` writes; it is computed from many traces. */
export const reproductionDocuments: ResultKind<ReproductionDocument> = {
  contract: "result/v1",
  id: "reproduction",
  schema: ReproductionDocument.fields.schema.literal,
  document: ReproductionDocument,
  metrics: new Map()
}

export const reproductionsOf = (evidence: Evidence): ReadonlyArray<ReproductionDocument> =>
  evidence.of(reproductionDocuments)
