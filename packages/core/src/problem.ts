/**
 * The shared shape of errors: every seam has one tagged error with a closed set of reasons,
 * says where it happened, what is wrong and what to do, and keeps the cause.
 */
import { Schema } from "effect"

/** Fields of a seam's error class; pass them to `Schema.TaggedError`. */
export const problem = <const R extends ReadonlyArray<string>>(reasons: R) => ({
  reason: Schema.Literals(reasons),
  /** File, byte offset, layer, token, option: whatever leads to the place. */
  where: Schema.String,
  what: Schema.String,
  hint: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
})

/** The one line a person reads: where, what, and what to do. */
export const problemLine = (p: { readonly where: string; readonly what: string; readonly hint: string }): string =>
  `${p.where}: ${p.what}; hint: ${p.hint}`

/** Cuts a list of known names to a readable length, nearest spelling first. */
export const knownNames = (name: string, known: Iterable<string>, most = 12): string => {
  const far = (other: string) => editDistance(name, other) / Math.max(name.length, other.length)
  const sorted = [...known].toSorted((a, b) => far(a) - far(b) || (a < b ? -1 : 1))
  const more = sorted.length - most
  return sorted.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
