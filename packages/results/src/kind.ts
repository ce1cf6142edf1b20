/** What every kind of result shares: its file form. */
import type { ResultDocument } from "./documents.ts"

/** The file form of a document: the same value gives the same bytes. */
export const documentText = (document: ResultDocument): string => `${JSON.stringify(document, null, 1)}\n`
