/** Plain data with its keys in order, so that the same data is the same text and the same digest. */
import { sha256 } from "./sha256.ts"

const ordered = (value: unknown): unknown => {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, field]) => [key, ordered(field)])
  )
}

export const canonicalText = (value: unknown): string => JSON.stringify(ordered(value))

/** SHA-256 of the canonical text of plain data. */
export const canonicalSha256 = (value: unknown): string => sha256(canonicalText(value))
