/** Which requests choose (training) and which judge (held-out): a seeded coin per request, independent of the rest. */
import { random, substream } from "../random.ts"

export interface Split {
  readonly seed: number
  /** Share of requests held out, 0 to 1. */
  readonly heldOutShare: number
}

export const defaultSplit: Split = { seed: 1, heldOutShare: 0.5 }

/**
 * 1 for each held-out request. Exactly `round(share x requests)` are held out, drawn by a seeded shuffle, but at
 * least one on each side when there are two requests or more.
 */
export const heldOutMask = (requests: number, split: Split = defaultSplit): Uint8Array => {
  const mask = new Uint8Array(requests)
  const wanted = Math.round(split.heldOutShare * requests)
  const count = requests < 2 ? 0 : Math.min(requests - 1, Math.max(1, wanted))
  const { below } = random(substream(split.seed, "split", requests))
  const order = Uint32Array.from({ length: requests }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + below(requests - i)
    const drawn = order[j]!
    order[j] = order[i]!
    order[i] = drawn
    mask[drawn] = 1
  }
  return mask
}
