/** The digest that a result document carries, so that a change of what it says is found. */
import { sha256 } from "@moira/core"

/** Field of the file form of a document. */
const field = "digest"

/** SHA-256 of the JSON of a document, its digest left out. */
const digestOf = (content: object): string => sha256(JSON.stringify(content))

/** A document with its digest as its last field. */
export const withDigest = (document: object): object => {
  const { [field]: _, ...content } = document as Readonly<Record<string, unknown>>
  return { ...content, [field]: digestOf(content) }
}

/** What a file says, without the digest of a document; any other value as it is. */
export const withoutDigest = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !(field in value)) return value
  const { [field]: _, ...content } = value as Readonly<Record<string, unknown>>
  return content
}

/** Whether a document read from a file carries a digest that is not of what it says. One without a digest is taken as it is. */
export const wasChanged = (document: unknown): boolean => {
  if (typeof document !== "object" || document === null || !(field in document)) return false
  const { [field]: digest, ...content } = document as Readonly<Record<string, unknown>>
  return digest !== digestOf(content)
}
