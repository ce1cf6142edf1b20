/** Expert frequencies of one layer by window of decode steps, with those of random swaps. */
import { countExperts } from "@moira/trace"
import type { Windows } from "./decode-windows.ts"
import { addTally, clearTally, countInto, type RequestRows, tally } from "./request-rows.ts"

/**
 * Counts of one layer, `experts` entries a vector. Requests are told apart by the last window that they reach, so that
 * any window can be compared with the first over the same requests.
 */
export interface PositionCounts {
  readonly experts: number
  /** Vector w: selections in window w. */
  readonly windows: Uint32Array
  /** Vector l: selections in the first window, and in prefill, of the requests whose last window is l. */
  readonly first: Uint32Array
  readonly prefill: Uint32Array
  /** The same for the requests that swap d swaps: entry `k * draws + d` is entry k of the above. */
  readonly swapped: { readonly windows: Uint32Array; readonly first: Uint32Array }
}

/** `swaps[request]` has bit d set where swap d exchanges the windows of that request. A hot loop. */
export const positionCounts = (
  rows: RequestRows,
  { width, windows }: Windows,
  swaps: Uint32Array,
  draws: number
): PositionCounts => {
  const { experts, topK, ids, request, decodeAt, decodeRows, prefillAt, prefillRows } = rows
  const list = (each: number) => new Uint32Array(windows.length * experts * each)
  const counts = {
    experts,
    windows: list(1),
    first: list(1),
    prefill: list(1),
    swapped: { windows: list(draws), first: list(draws) }
  }
  const { swapped } = counts
  const seen = tally(experts)
  const swapping = new Uint8Array(draws)
  for (let r = 0; r < ids.length; r++) {
    const steps = decodeRows[r]!
    if (steps === 0) continue
    const last = Math.floor((steps - 1) / width)
    const [from, to] = [prefillAt[r]! * topK, (prefillAt[r]! + prefillRows[r]!) * topK]
    countExperts(ids[r]!, from, to, experts, counts.prefill, last * experts)
    const bits = swaps[request[r]!]!
    let size = 0
    for (let d = 0; d < draws; d++) if (((bits >>> d) & 1) === 1) swapping[size++] = d
    for (let w = 0; w <= last; w++) {
      const start = decodeAt[r]! + w * width
      const end = decodeAt[r]! + Math.min(steps, (w + 1) * width)
      countInto(seen, ids[r]!, start * topK, end * topK)
      addTally(seen, counts.windows, w * experts)
      if (w === 0) addTally(seen, counts.first, last * experts)
      for (let k = 0; k < seen.size; k++) {
        const expert = seen.touched[k]!
        const count = seen.counts[expert]!
        const at = (w * experts + expert) * draws
        for (let n = 0; n < size; n++) swapped.windows[at + swapping[n]!]! += count
        if (w > 0) continue
        const own = (last * experts + expert) * draws
        for (let n = 0; n < size; n++) swapped.first[own + swapping[n]!]! += count
      }
      clearTally(seen)
    }
  }
  return counts
}

/** Sum of the vectors `from` to `to` of `all`, of whose entries each has `draws` forms; form `d` is taken. */
export const sumVectors = (
  all: Uint32Array,
  experts: number,
  from: number,
  to: number,
  draws = 1,
  d = 0
): Uint32Array => {
  const sum = new Uint32Array(experts)
  for (let v = from; v < to; v++) {
    for (let e = 0; e < experts; e++) sum[e]! += all[(v * experts + e) * draws + d]!
  }
  return sum
}
