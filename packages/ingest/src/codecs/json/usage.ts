/** Token counts as OpenAI-compatible servers report them. */
import type { JsonCursor } from "./cursor.ts"

/** What was counted; what the server left out is not there. */
export interface Usage {
  readonly promptTokens?: number
  readonly completionTokens?: number
}

/** Takes a count of `key` into `usage`; false where it is neither, and nothing was consumed. */
export const takeUsage = (cursor: JsonCursor, key: string, usage: { -readonly [K in keyof Usage]: Usage[K] }) => {
  if (key !== "prompt_tokens" && key !== "completion_tokens") return false
  const value = cursor.count()
  if (key === "prompt_tokens") usage.promptTokens = value
  else usage.completionTokens = value
  return true
}

/** The object `usage`, or `null`. */
export const readUsage = (cursor: JsonCursor): Usage => {
  const usage: Usage = {}
  if (cursor.isNull()) return usage
  cursor.object((key) => {
    if (!takeUsage(cursor, key, usage)) cursor.skip()
  })
  return usage
}
