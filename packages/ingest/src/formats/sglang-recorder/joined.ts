/** A prompt and its decode passes as one request. */
import type { TokenRun } from "@moira/trace"
import type { Part } from "./prompts.ts"

/**
 * What the tokens of a decode pass became, where the next pass starts at `next`: the first was the output already; of the
 * drafts, one for each position before `next` was accepted. Those of the last pass, which nothing follows, are taken as accepted.
 */
const runsOf = ({ positions }: Part, next: number): ReadonlyArray<TokenRun> => {
  const taken = new Set<number>([positions[0]!])
  return positions.map((position, i): TokenRun => {
    if (i === 0) return { tokens: 1, phase: "decode" }
    const accepted = position < next && !taken.has(position)
    if (accepted) taken.add(position)
    return { tokens: 1, phase: accepted ? "verified" : "rejected" }
  })
}

export interface Joined {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
  /** Which tokens were drafted, and which of these rejected; left out where none was. */
  readonly runs?: ReadonlyArray<TokenRun>
  /** True where several drafts stood at one position, so that which of them was accepted is not known. */
  readonly trees: boolean
}

const tokensOf = (parts: ReadonlyArray<Part>): number => parts.reduce((sum, { positions }) => sum + positions.length, 0)

/** Puts the passes of a request one after another at every layer: its prompt's, then those in which it decodes. */
export const joined = (prompt: ReadonlyArray<Part>, decode: ReadonlyArray<Part>, topK: number): Joined => {
  const parts = [...prompt, ...decode]
  const tokens = tokensOf(parts)
  const layers = parts[0]!.ids.length / (parts[0]!.positions.length * topK)
  const ids = new Uint16Array(layers * tokens * topK)
  let before = 0
  for (const part of parts) {
    const size = part.positions.length * topK
    for (let layer = 0; layer < layers; layer++)
      ids.set(part.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * topK)
    before += part.positions.length
  }
  const decodeTokens = tokensOf(decode)
  const made = { prefillTokens: tokens - decodeTokens, decodeTokens, ids }
  if (decodeTokens === decode.length) return { ...made, trees: false }
  const drafted = decode.flatMap((part, i) => runsOf(part, decode[i + 1]?.positions[0] ?? Infinity))
  const prompted = made.prefillTokens === 0 ? [] : [{ tokens: made.prefillTokens, phase: "prefill" } as const]
  const trees = decode.some(({ positions }) => new Set(positions).size < positions.length)
  return { ...made, runs: [...prompted, ...drafted], trees }
}
