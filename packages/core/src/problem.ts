/**
 * The shared shape of errors: every seam has one tagged error with a closed set of reasons,
 * says where it happened, what is wrong and what to do, and keeps the cause.
 */
import type { Cause } from "effect"
import { Schema } from "effect"

/** Fields of a seam's error class. */
const problem = <const R extends ReadonlyArray<string>>(reasons: R) => ({
  reason: Schema.Literals(reasons),
  /** File, byte offset, layer, token, option: whatever leads to the place. */
  where: Schema.String,
  what: Schema.String,
  hint: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
})

type Fields<
  Tag extends string,
  R extends ReadonlyArray<string>,
  More extends Schema.Struct.Fields
> = Schema.TaggedStruct<Tag, ReturnType<typeof problem<R>> & More>

/** The class of a seam's error, which is its schema too: `class StoreError extends taggedProblem("StoreError", reasons) {}`. */
export interface ProblemClass<
  Tag extends string,
  R extends ReadonlyArray<string>,
  More extends Schema.Struct.Fields = {}
> extends Schema.Class<
  Fields<Tag, R, More>["Type"] & Cause.YieldableError,
  Fields<Tag, R, More>,
  Cause.YieldableError
> {}

/**
 * Makes the class of a seam's error from its closed set of reasons, and of `more` fields where it needs them. Its message
 * is the one line a person reads: where, what, and what to do.
 */
export const taggedProblem = <
  Tag extends string,
  const R extends ReadonlyArray<string>,
  More extends Schema.Struct.Fields = {}
>(
  tag: Tag,
  reasons: R,
  more?: More
): ProblemClass<Tag, R, More> => {
  interface Self extends Error {
    readonly where: string
    readonly what: string
    readonly hint: string
  }
  const made = Schema.TaggedError<Self>()(tag, { ...problem(reasons), ...more })
  Object.defineProperty(made.prototype, "message", {
    get(this: Self) {
      return `${this.where}: ${this.what}; hint: ${this.hint}`
    }
  })
  return made as unknown as ProblemClass<Tag, R, More>
}

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
