/** A window whose requests are drawn again: what another sample of the same traffic might have been. */
import type { DecodeWindow } from "./window.ts"

/** What of a window another one is made of: requests, which may come again, and decode steps, ascending. */
export interface Draw {
  readonly requests: ArrayLike<number>
  readonly steps: ArrayLike<number>
}

/** Copies the selections of the drawn requests at the drawn steps; what the prompts tell is left out. */
export const drawnAgain = (window: DecodeWindow, draw: Draw): DecodeWindow => {
  const { layers, ids, model } = window
  const { topK } = model
  const [requests, steps] = [draw.requests.length, draw.steps.length]
  const drawn = new (ids instanceof Uint8Array ? Uint8Array : Uint16Array)(layers.length * steps * requests * topK)
  for (let l = 0; l < layers.length; l++)
    for (let t = 0; t < steps; t++)
      for (let r = 0; r < requests; r++) {
        const from = ((l * window.steps + draw.steps[t]!) * window.requests + draw.requests[r]!) * topK
        const to = ((l * steps + t) * requests + r) * topK
        for (let k = 0; k < topK; k++) drawn[to + k] = ids[from + k]!
      }
  const decodeTokens = Uint32Array.from({ length: requests }, (_, r) => {
    const alive = window.decodeTokens[draw.requests[r]!]!
    let n = 0
    while (n < steps && draw.steps[n]! < alive) n++
    return n
  })
  return { model, layers, requests, steps, ids: drawn, decodeTokens }
}
