/** The request of one choice, once it is known which rows are whose. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import type { Remark, TokenRun, TraceRequest } from "@moira/trace"
import { layerMajor, type StridedIds } from "../layer-major.ts"
import { areHoles, blankHead, blankTail, withHoles } from "./blank-rows.ts"

export type RequestPart = Omit<TraceRequest, "benchmark" | "subject" | "language" | "source">

const join = (
  parts: ReadonlyArray<{ readonly ids: Uint16Array; readonly tokens: number }>,
  model: Model
): Uint16Array => {
  if (parts.length === 1) return parts[0]!.ids.slice()
  const tokens = parts.reduce((total, part) => total + part.tokens, 0)
  const layers = moeLayers(model).length
  const out = new Uint16Array(layers * tokens * model.topK)
  let before = 0
  for (const part of parts) {
    const size = part.tokens * model.topK
    for (let layer = 0; layer < layers; layer++)
      out.set(part.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * model.topK)
    before += part.tokens
  }
  return out
}

const notes = {
  rest: "a last row without routing, of the token that was not run any more, is left out as padding",
  tail: "the last rows hold no routing though their tokens were run: they are not recorded",
  present:
    "rows of prompt tokens that came from the engine's cache are in the file: they are kept, and not counted again",
  absent: "rows of prompt tokens that came from the engine's cache are not in the file",
  before: "rows of the first prompt tokens are not in the file: the request asked for later ones",
  answer: "the rows of the prompt are not in the file"
} as const

/** Rows of one choice, once it is known which they are. */
export interface Part {
  readonly source: StridedIds
  readonly front: number
  readonly run: number
}

/** What is known of all choices of a response. */
export interface Known {
  /** First token of the sequence that has a row. */
  readonly from: number
  /** Prompt tokens that came from the prefix cache. */
  readonly cached: number
  readonly remarks: ReadonlyArray<Remark>
}

/** One request from the rows of the prompt, if they are apart, and those of a choice. */
export const requestOf = (
  prompt: StridedIds | undefined,
  { source, front, run }: Part,
  { from, cached, remarks }: Known,
  model: Model
): RequestPart => {
  const told = [...remarks]
  const tell = (key: keyof typeof notes, kind: Remark["kind"] = "note") => void told.push({ kind, what: notes[key] })
  const apart = prompt?.tokens ?? 0
  const prefillTokens = apart + front
  const decodeTokens = run - front
  if (run < source.tokens) tell("rest")
  // Of the first rows, those of tokens from the cache: holes, or computed for an earlier request.
  const served = Math.max(0, Math.min(cached - from, prefillTokens))
  const first = apart > 0 ? prompt! : source
  const inFirst = Math.min(served, first.tokens)
  const holes = blankHead(first, inFirst) === inFirst
  if (served > 0 && !holes) tell("present")
  if (from > 0) tell(prefillTokens === 0 ? "answer" : cached >= from ? "absent" : "before")
  const kept: StridedIds = { ...source, tokens: run }
  const blank = run > front ? Math.min(blankTail(kept), decodeTokens) : 0
  const padding = blank > 0 && !areHoles(kept, run - blank, run) ? blank : 0
  if (padding > 0) tell("tail", "warning")
  const ranges: Array<readonly [number, number]> = [[run - padding, run]]
  if (holes && apart === 0) ranges.push([0, inFirst])
  const parts = [
    ...(apart === 0
      ? []
      : [{ ids: layerMajor(holes ? withHoles(prompt!, [[0, inFirst]]) : prompt!, model), tokens: apart }]),
    ...(run === 0 ? [] : [{ ids: layerMajor(withHoles(kept, ranges), model), tokens: run }])
  ]
  const missing = holes ? served : 0
  const runs: ReadonlyArray<TokenRun> = [
    { tokens: missing, phase: "prefill" as const, missing: "cache" as const },
    { tokens: prefillTokens - missing, phase: "prefill" as const },
    { tokens: decodeTokens - padding, phase: "decode" as const },
    { tokens: padding, phase: "decode" as const, missing: "padding" as const }
  ].filter(({ tokens }) => tokens > 0)
  return {
    prefillTokens,
    decodeTokens,
    ids: join(parts, model),
    ...(missing + padding > 0 ? { runs } : {}),
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(served > 0 && !holes ? { repeatedTokens: served } : {}),
    ...(told.length > 0 ? { remarks: told } : {})
  }
}
