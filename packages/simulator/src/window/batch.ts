/** Which requests a batch holds, and how often each expert is asked for in one layer step. */
import type { DecodeWindow } from "./window.ts"

/**
 * A batch in the trace's order, wrapping round when the trace has fewer requests than the batch: slot `b` runs
 * request `b mod requests`. Requests stay until their last decode token; nobody takes a free place.
 */
export interface Batch {
  readonly window: DecodeWindow
  readonly size: number
  /** Slots that each request of the window fills. */
  readonly copies: Uint32Array
}

export const makeBatch = (window: DecodeWindow, size: number): Batch => {
  const { requests } = window
  const copies = Uint32Array.from(
    { length: requests },
    (_, r) => Math.floor(size / requests) + (r < size % requests ? 1 : 0)
  )
  return { window, size, copies }
}

/** Tokens alive at a decode step. */
export const aliveTokens = ({ window, copies }: Batch, step: number): number => {
  let tokens = 0
  for (let r = 0; r < window.requests; r++) if (window.decodeTokens[r]! > step) tokens += copies[r]!
  return tokens
}

/** Tokens of a decode step that stay: all that are alive but the drafts that were rejected. */
export const madeTokens = ({ window, copies }: Batch, step: number, alive: number): number => {
  const { requests, rejected } = window
  if (rejected === undefined) return alive
  let tokens = alive
  for (let r = 0; r < requests; r++) if (rejected[step * requests + r] === 1) tokens -= copies[r]!
  return tokens
}

/** Fills `counts[e]` with the tokens that chose expert e in one layer step; a hot loop, no allocation. */
export const countExpertTokens = (
  { window, copies }: Batch,
  layerIndex: number,
  step: number,
  counts: Uint32Array
): void => {
  const { requests, steps, ids, decodeTokens, model } = window
  const { topK, experts } = model
  counts.fill(0)
  const base = (layerIndex * steps + step) * requests * topK
  for (let r = 0; r < requests; r++) {
    const weight = copies[r]!
    if (weight === 0 || decodeTokens[r]! <= step) continue
    for (let k = 0; k < topK; k++) {
      const e = ids[base + r * topK + k]!
      if (e < experts) counts[e]! += weight
    }
  }
}
