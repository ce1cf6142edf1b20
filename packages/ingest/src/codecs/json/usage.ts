/** Token counts as OpenAI-compatible servers report them. */
import type { JsonCursor } from "./cursor.ts"

/** What was counted; what the server left out is not there. */
export interface Usage {
  readonly promptTokens?: number
  readonly completionTokens?: number
  /** Prompt tokens at the start that came from the engine's prefix cache. */
  readonly cachedTokens?: number
}

const fields = {
  prompt_tokens: "promptTokens",
  completion_tokens: "completionTokens",
  cached_tokens: "cachedTokens"
} as const satisfies Record<string, keyof Usage>

const isField = (key: string): key is keyof typeof fields => Object.hasOwn(fields, key)

/** Takes a count of `key` into `usage`; false where it is none, and nothing was consumed. */
export const takeUsage = (cursor: JsonCursor, key: string, usage: { -readonly [K in keyof Usage]: Usage[K] }) => {
  if (!isField(key)) return false
  if (!cursor.isNull()) usage[fields[key]] = cursor.count()
  return true
}

/** The object `usage`, or `null`. */
export const readUsage = (cursor: JsonCursor): Usage => {
  const usage: Usage = {}
  if (cursor.isNull()) return usage
  cursor.object((key) => {
    if (key === "prompt_tokens_details" && cursor.kind() === "object")
      cursor.object((detail) => {
        if (detail !== "cached_tokens" || !takeUsage(cursor, detail, usage)) cursor.skip()
      })
    else if (!takeUsage(cursor, key, usage)) cursor.skip()
  })
  return usage
}
