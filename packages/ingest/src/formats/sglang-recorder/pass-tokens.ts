/** What a record of SGLang's `per_token` recorder says of its tokens beside their ids. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { PassRecord } from "./recording.ts"

/**
 * `extend`: tokens of prompts, the lengths one for each request; `decode`: one token of each request of the batch, at its
 * position; `unknown`: no more than ids was recorded.
 */
export type PassTokens =
  | { readonly kind: "extend"; readonly lengths: ReadonlyArray<number> }
  | { readonly kind: "decode"; readonly positions: ReadonlyArray<number> }
  | { readonly kind: "unknown" }

/** `ForwardMode.DECODE` of sglang/srt/model_executor/forward_batch_info.py. */
const decodeMode = 2

const listOf = ({ dict, index }: PassRecord, key: string): ReadonlyArray<number> | undefined => {
  const value = dict.get(key)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0))
    return value as ReadonlyArray<number>
  throw new ContentFault("Malformed", `record ${index}`, `${key} is no list of whole numbers`)
}

/** How the `tokens` of a record belong to requests. Throws `ContentFault` where its lists do not fit them. */
export const tokensOf = (record: PassRecord, tokens: number): PassTokens => {
  const place = `record ${record.index}`
  const lengths = listOf(record, "extend_seq_lens")
  const positions = listOf(record, "positions")
  const inputs = listOf(record, "input_ids")
  for (const [name, list] of [
    ["positions", positions],
    ["input_ids", inputs]
  ] as const)
    if (list !== undefined && list.length !== tokens)
      throw new ContentFault("Ragged", place, `${list.length} ${name} for ${tokens} tokens`)
  if (lengths !== undefined && lengths.length > 0) {
    const sum = lengths.reduce((a, b) => a + b, 0)
    if (sum > tokens)
      throw new ContentFault("Ragged", place, `extend_seq_lens of ${sum} tokens, where ids of ${tokens} are there`)
    return { kind: "extend", lengths }
  }
  const mode = record.dict.get("forward_mode")
  if (positions !== undefined && mode === decodeMode) return { kind: "decode", positions }
  return { kind: "unknown" }
}
