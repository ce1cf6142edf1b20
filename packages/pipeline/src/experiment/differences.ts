/** Where two JSON values differ. */
import { pathText } from "./error.ts"

export interface Difference {
  readonly path: string
  /** As JSON; undefined where there is nothing. */
  readonly was: string | undefined
  readonly is: string | undefined
}

/** As many as a person reads. */
const most = 5

const short = (value: unknown): string | undefined => {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined || text.length <= 60 ? text : `${text.slice(0, 57)}...`
}

/** The first fields that differ, in the order of the fields; digests, which follow from all else, come only where nothing else does. */
export const differencesOf = (was: unknown, is: unknown): ReadonlyArray<Difference> => {
  const found: Array<Difference> = []
  const compare = (a: unknown, b: unknown, path: ReadonlyArray<PropertyKey>): void => {
    if (found.length >= most || Object.is(a, b)) return
    const inner = typeof a === "object" && typeof b === "object" && a !== null && b !== null
    if (!inner || Array.isArray(a) !== Array.isArray(b)) {
      found.push({ path: pathText(path), was: short(a), is: short(b) })
      return
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (path.length === 0 && key === "digest") continue
      compare((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], [...path, key])
    }
  }
  compare(was, is, [])
  return found
}
