/** The columnar form in which every stage sees expert selections. */
import type { Remark } from "./remarks.ts"
import type { RequestRow } from "./requests.ts"
import { dropTokens, encodeRuns, plainRuns, type TokenRun } from "./token-runs.ts"

/** Marks a selection that the source did not record (a hole), which is never expert 0. */
export const missingExpert = 0xffff

/**
 * Marks a choice of a zero expert: recorded, but no expert works. Files and stores keep which one it was, as the ids that
 * follow those of the experts; readers of a store give all of them as this. Code that counts skips what is `>= experts`.
 */
export const zeroExpert = 0xfffe

/** Puts {@link zeroExpert} in place of the ids after those of `experts` experts. */
export const markZeroExperts = (ids: Uint16Array, experts: number, choosable: number): void => {
  if (choosable === experts) return
  for (let i = 0; i < ids.length; i++) if (ids[i]! >= experts && ids[i]! < choosable) ids[i] = zeroExpert
}

/** How many ids are of zero experts, `choosable` being the number of ids that may be chosen. */
export const countZeroExperts = (ids: Uint16Array, experts: number, choosable: number): number => {
  if (choosable === experts) return 0
  let n = 0
  for (let i = 0; i < ids.length; i++) if (ids[i]! >= experts && ids[i]! < choosable) n++
  return n
}

export type Phase = "prefill" | "decode" | "both"

/**
 * The selections of one MoE layer for consecutive requests.
 *
 * `ids` holds `rows x topK` expert ids, token-major; inside a request prefill tokens come before decode tokens.
 * The rows of request `r` (counted from `firstRequest`) are `offsets[r]` to `offsets[r + 1]`, the first
 * `prefillRows[r]` of them prefill.
 */
export interface LayerSelections {
  /** Real layer number in the model, counted over all hidden layers. */
  readonly layer: number
  readonly experts: number
  readonly topK: number
  readonly firstRequest: number
  readonly requests: number
  readonly ids: Uint16Array
  readonly offsets: Uint32Array
  readonly prefillRows: Uint32Array
  /** False where it is known that every id is an expert; whoever is not told looks. */
  readonly holes?: false | undefined
}

/** One request as a source gives it: `ids[layerIndex][token][k]`, prefill tokens first, zero experts by their own ids. */
export interface TraceRequest {
  readonly benchmark: string
  readonly subject: string
  readonly language: string
  /** Where it came from, as the user wrote it. */
  readonly source: string
  /** Digest of the source's bytes, such as `crc32:00c0ffee`; left out where there is no source file. */
  readonly sourceDigest?: string
  /** Prompt tokens in `ids`, repeated ones among them. */
  readonly prefillTokens: number
  /** Tokens in `ids` that decoding computed, drafted ones among them. */
  readonly decodeTokens: number
  readonly ids: Uint16Array
  /** What all of these tokens were; recorded prompt tokens and then decode tokens where left out. */
  readonly runs?: ReadonlyArray<TokenRun>
  /** Conversation or prompt that several requests share. */
  readonly group?: string
  /** Prompt tokens at the start that the engine served from cache; their rows may be absent. */
  readonly cachedTokens?: number
  /** Leading rows of `ids` that were computed for an earlier request or served from cache. */
  readonly repeatedTokens?: number
  /** What its reader assumed, left out or found odd. */
  readonly remarks?: ReadonlyArray<Remark>
}

/** The row of the requests table for one request; `runs` are those of all its tokens, `sha256` that of its ids. */
export const requestRow = (
  request: TraceRequest,
  sha256: string,
  runs: ReadonlyArray<TokenRun> = request.runs ?? plainRuns(request.prefillTokens, request.decodeTokens)
): RequestRow => {
  const { repeatedTokens = 0, cachedTokens = 0, group = "", sourceDigest = "" } = request
  // Half a pair of UTF-16 has no UTF-8: what is hashed must be what can be stored and read again.
  return {
    benchmark: request.benchmark.toWellFormed(),
    subject: request.subject.toWellFormed(),
    language: request.language.toWellFormed(),
    prefillTokens: request.prefillTokens - repeatedTokens,
    decodeTokens: request.decodeTokens,
    repeatedTokens,
    cachedTokens,
    runs: encodeRuns(dropTokens(runs, repeatedTokens)),
    group: group.toWellFormed(),
    source: request.source.toWellFormed(),
    sourceDigest,
    sha256
  }
}

/** Rows of `selections` that belong to a phase, as a new value; `both` returns the input. */
export const onlyPhase = (selections: LayerSelections, phase: Phase): LayerSelections => {
  if (phase === "both") return selections
  const { offsets, prefillRows, ids, requests, topK } = selections
  const kept = new Uint32Array(requests + 1)
  for (let r = 0; r < requests; r++) {
    const rows = phase === "prefill" ? prefillRows[r]! : offsets[r + 1]! - offsets[r]! - prefillRows[r]!
    kept[r + 1] = kept[r]! + rows
  }
  const out = new Uint16Array(kept[requests]! * topK)
  for (let r = 0; r < requests; r++) {
    const from = offsets[r]! + (phase === "prefill" ? 0 : prefillRows[r]!)
    out.set(ids.subarray(from * topK, (from + kept[r + 1]! - kept[r]!) * topK), kept[r]! * topK)
  }
  const prefill = phase === "prefill" ? prefillRows : new Uint32Array(requests)
  return { ...selections, ids: out, offsets: kept, prefillRows: prefill }
}
