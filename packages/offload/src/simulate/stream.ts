/** What decoding asks of the experts, layer step by layer step. */
import { sum } from "@moira/core/statistics"
import type { HeldOutRequests } from "./requests.ts"

/**
 * Batches of consecutive requests, one after the other; the requests of a batch decode side by side, each until its last
 * token, and nobody takes a free place. Layer step `s` is MoE layer `s mod layers`; it needs the distinct experts
 * `keys[start[s]]` to `keys[start[s + 1]]`, as `layerIndex * experts + expert`, for `choices[s]` selections.
 */
export interface DecodeStream {
  readonly heldOut: HeldOutRequests
  readonly batch: number
  readonly layers: number
  readonly experts: number
  readonly layerSteps: number
  readonly start: Uint32Array
  readonly keys: Uint32Array
  readonly choices: Uint32Array
  /** Parallel to `keys`: the layer step that needs the key next; infinite for none. */
  readonly nextUse: Float64Array
  /** Batch `g` runs the layer steps from `batchStart[g]` to `batchStart[g + 1]`. */
  readonly batchStart: Uint32Array
  /** Tokens that the batch makes: drafts that were rejected are work, but not among them. */
  readonly batchTokens: Uint32Array
  /** By layer index: experts that its layer steps need. */
  readonly layerNeeds: Float64Array
  /** The most experts that one layer step needs. */
  readonly maxNeeds: number
}

/** From the last layer step to the first: when each key is needed again. */
const nextUses = (start: Uint32Array, keys: Uint32Array, all: number): Float64Array => {
  const next = new Float64Array(keys.length)
  const seenAt = new Float64Array(all).fill(Infinity)
  for (let s = start.length - 2; s >= 0; s--) {
    for (let i = start[s]!; i < start[s + 1]!; i++) {
      next[i] = seenAt[keys[i]!]!
      seenAt[keys[i]!] = s
    }
  }
  return next
}

/** Lays out the stream of a batch size: two passes over the selections, no allocation inside. */
export const makeStream = (heldOut: HeldOutRequests, batch: number): DecodeStream => {
  const { model, requests, ids, offsets, prefillTokens, decodeTokens, rejectedTokens } = heldOut
  const { topK, experts } = model
  const layers = heldOut.layers.length
  const batches = Math.ceil(requests / batch)
  const batchStart = new Uint32Array(batches + 1)
  const batchTokens = new Uint32Array(batches)
  for (let g = 0; g < batches; g++) {
    let longest = 0
    for (let r = g * batch; r < Math.min(requests, (g + 1) * batch); r++) {
      longest = Math.max(longest, decodeTokens[r]!)
      batchTokens[g]! += decodeTokens[r]! - (rejectedTokens?.[r] ?? 0)
    }
    batchStart[g + 1] = batchStart[g]! + longest * layers
  }
  const layerSteps = batchStart[batches]!
  const start = new Uint32Array(layerSteps + 1)
  const choices = new Uint32Array(layerSteps)
  const room = sum(decodeTokens) * layers * topK
  const keys = new Uint32Array(room)
  const seen = new Int32Array(layers * experts).fill(-1)
  const layerNeeds = new Float64Array(layers)
  let n = 0
  let maxNeeds = 0
  for (let g = 0; g < batches; g++) {
    const last = Math.min(requests, (g + 1) * batch)
    for (let s = batchStart[g]!; s < batchStart[g + 1]!; s++) {
      const layer = s % layers
      const token = (s - batchStart[g]! - layer) / layers
      const rows = ids[layer]!
      for (let r = g * batch; r < last; r++) {
        if (token >= decodeTokens[r]!) continue
        const from = (offsets[r]! + prefillTokens[r]! + token) * topK
        for (let i = from; i < from + topK; i++) {
          if (rows[i]! >= experts) continue
          const key = layer * experts + rows[i]!
          choices[s]!++
          if (seen[key] === s) continue
          seen[key] = s
          keys[n++] = key
        }
      }
      start[s + 1] = n
      layerNeeds[layer]! += n - start[s]!
      maxNeeds = Math.max(maxNeeds, n - start[s]!)
    }
  }
  const needed = keys.slice(0, n)
  return {
    heldOut,
    batch,
    layers,
    experts,
    layerSteps,
    start,
    keys: needed,
    choices,
    nextUse: nextUses(start, needed, layers * experts),
    batchStart,
    batchTokens,
    layerNeeds,
    maxNeeds
  }
}
