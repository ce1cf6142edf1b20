/** What a record of SGLang's `per_token` recorder says of its tokens beside their ids. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { PassRecord } from "./recording.ts"

/** Consecutive tokens of a pass that one request of the batch decodes: one, or more where drafts are verified. */
export interface DecodeGroup {
  /** First row of the pass. */
  readonly from: number
  /** Positions in the request, the first the smallest; several drafts may stand at one. */
  readonly positions: ReadonlyArray<number>
}

/**
 * `lengths`: pieces of prompts, one for each request, from the pass's first row on. `groups`: requests that decode. `unknown`:
 * rows of which no more than ids, and perhaps the phase, was recorded.
 */
export interface PassTokens {
  readonly lengths: ReadonlyArray<number>
  readonly groups: ReadonlyArray<DecodeGroup>
  /** Of all rows, where they were recorded. */
  readonly positions: ReadonlyArray<number> | undefined
  readonly unknown: boolean
  readonly phase?: "prefill" | "decode"
  /** True where prompts and requests that decode share the pass. */
  readonly mixed: boolean
}

/** `ForwardMode` of sglang/srt/model_executor/forward_batch_info.py; the numbers after these changed between versions. */
const modes = { extend: 1, decode: 2, mixed: 3, targetVerify: 5 } as const

export const isVerify = ({ dict }: PassRecord): boolean => dict.get("forward_mode") === modes.targetVerify

const listOf = ({ dict, index }: PassRecord, key: string): ReadonlyArray<number> | undefined => {
  const value = dict.get(key)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0))
    return value as ReadonlyArray<number>
  throw new ContentFault("Malformed", `record ${index}`, `${key} is no list of whole numbers`)
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** True where cutting into groups of `size` gives requests: the first position is the lowest, and none is left out. */
const cutsWell = (positions: ReadonlyArray<number>, size: number): boolean => {
  for (let from = 0; from < positions.length; from += size) {
    const first = positions[from]!
    const depths = new Set<number>()
    for (let i = from + 1; i < from + size; i++) {
      if (positions[i]! <= first || positions[i]! >= first + size) return false
      depths.add(positions[i]!)
    }
    if (depths.size > 0 && Math.max(...depths) !== first + depths.size) return false
  }
  return true
}

/**
 * Tokens that a verify pass has of each request: the same number in all passes of a server. The largest that cuts all of them
 * into groups whose positions follow one another; 1 where nothing does.
 */
export const verifiedTogether = (records: ReadonlyArray<PassRecord>): number => {
  const passes = records.filter(isVerify).flatMap((record) => {
    const positions = listOf(record, "positions")
    return positions === undefined || positions.length === 0 ? [] : [positions]
  })
  const most = passes.reduce((size, positions) => gcd(size, positions.length), 0)
  for (let size = most; size > 1; size--)
    if (most % size === 0 && passes.every((positions) => cutsWell(positions, size))) return size
  return 1
}

const groupsOf = (positions: ReadonlyArray<number>, from: number, size: number): ReadonlyArray<DecodeGroup> =>
  Array.from({ length: Math.ceil((positions.length - from) / size) }, (_, g) => {
    const at = from + g * size
    return { from: at, positions: positions.slice(at, at + size) }
  })

const none = { lengths: [], groups: [], unknown: false, mixed: false } as const

/**
 * How many pieces at the end of a mixed pass are requests that decode on: SGLang puts them after the prompts, one token each,
 * which is never a request's first.
 */
const decodingAtEnd = (lengths: ReadonlyArray<number>, positions: ReadonlyArray<number>): number => {
  let [row, count] = [lengths.reduce((sum, length) => sum + length, 0), 0]
  while (count < lengths.length && lengths[lengths.length - 1 - count] === 1 && positions[row - 1]! > 0) {
    row--
    count++
  }
  return count
}

/** How the `tokens` of a record belong to requests; `drafts` is what `verifiedTogether` gave. Throws `ContentFault` where its lists do not fit them. */
export const tokensOf = (record: PassRecord, tokens: number, drafts: number): PassTokens => {
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
  const mode = record.dict.get("forward_mode")
  // A verify pass is an extension of each request by its drafts, and some versions give their lengths.
  if (mode === modes.targetVerify || mode === modes.decode) {
    if (positions === undefined) return { ...none, positions, unknown: true, phase: "decode" }
    return { ...none, positions, groups: groupsOf(positions, 0, mode === modes.decode ? 1 : drafts) }
  }
  if (lengths === undefined || lengths.length === 0)
    return { ...none, positions, unknown: true, ...(mode === modes.extend ? { phase: "prefill" } : {}) }
  const sum = lengths.reduce((a, b) => a + b, 0)
  if (sum > tokens)
    throw new ContentFault("Ragged", place, `extend_seq_lens of ${sum} tokens, where ids of ${tokens} are there`)
  const decoding = mode === modes.mixed && positions !== undefined ? decodingAtEnd(lengths, positions) : 0
  if (decoding === 0) return { ...none, positions, lengths }
  return {
    lengths: lengths.slice(0, lengths.length - decoding),
    groups: groupsOf(positions!.slice(0, sum), sum - decoding, 1),
    positions,
    unknown: false,
    mixed: true
  }
}
