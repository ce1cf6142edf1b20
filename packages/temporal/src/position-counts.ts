/** Expert frequencies of one layer by window of decode steps, with those of random swaps. */
import { countExperts } from "@moira/trace"
import { statisticsKernels } from "@moira/trace/kernels"
import type { Windows } from "./decode-windows.ts"
import type { RequestRows } from "./request-rows.ts"

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
  /** The same for the requests that swap d swaps: list d has as many vectors. */
  readonly swapped: { readonly windows: ReadonlyArray<Uint32Array>; readonly first: ReadonlyArray<Uint32Array> }
}

/** Swaps whose bits are looked at together: requests with the same bits are counted together, and summed by bit at the end. */
const bitsAtOnce = 4

const patterns = 1 << bitsAtOnce

/** Lists of swaps from those of patterns, `size` entries each, `[group of swaps][pattern]`: a swap's are those with its bit. */
const bySwap = (byPattern: Uint32Array, size: number, draws: number): ReadonlyArray<Uint32Array> => {
  const { subsetSums } = statisticsKernels()
  const lists: Array<Uint32Array> = []
  for (let group = 0; lists.length < draws; group++) {
    const bits = Math.min(bitsAtOnce, draws - lists.length)
    const masks = Uint32Array.from({ length: bits }, (_, bit) =>
      Array.from({ length: patterns }, (__, pattern) => ((pattern >>> bit) & 1) << pattern).reduce((a, b) => a | b)
    )
    const from = group * patterns * size
    lists.push(...subsetSums(byPattern.subarray(from, from + patterns * size), size, masks))
  }
  return lists
}

/** `swaps[request]` has bit d set where swap d exchanges the windows of that request. */
export const positionCounts = (
  rows: RequestRows,
  { width, windows }: Windows,
  swaps: Uint32Array,
  draws: number
): PositionCounts => {
  const { experts, topK, ids, request, decodeAt, decodeRows, prefillAt, prefillRows } = rows
  const size = windows.length * experts
  const groups = Math.ceil(draws / bitsAtOnce)
  const list = (each: number) => new Uint32Array(size * each)
  const counts = { windows: list(1), first: list(1), prefill: list(1) }
  const swapped = { windows: list(groups * patterns), first: list(groups * patterns) }
  for (let r = 0; r < ids.length; r++) {
    const steps = decodeRows[r]!
    if (steps === 0) continue
    const own = ids[r]!
    const last = Math.floor((steps - 1) / width)
    countExperts(
      own,
      prefillAt[r]! * topK,
      (prefillAt[r]! + prefillRows[r]!) * topK,
      experts,
      counts.prefill,
      last * experts
    )
    const bits = swaps[request[r]!]!
    for (let w = 0; w <= last; w++) {
      const from = (decodeAt[r]! + w * width) * topK
      const to = (decodeAt[r]! + Math.min(steps, (w + 1) * width)) * topK
      countExperts(own, from, to, experts, counts.windows, w * experts)
      if (w === 0) countExperts(own, from, to, experts, counts.first, last * experts)
      for (let g = 0; g < groups; g++) {
        const pattern = (bits >>> (g * bitsAtOnce)) & (patterns - 1)
        if (pattern === 0) continue
        const at = (g * patterns + pattern) * size
        countExperts(own, from, to, experts, swapped.windows, at + w * experts)
        if (w === 0) countExperts(own, from, to, experts, swapped.first, at + last * experts)
      }
    }
  }
  return {
    experts,
    ...counts,
    swapped: { windows: bySwap(swapped.windows, size, draws), first: bySwap(swapped.first, size, draws) }
  }
}

/** Sum of the vectors `from` to `to` of `all`. */
export const sumVectors = (all: Uint32Array, experts: number, from: number, to: number): Uint32Array => {
  const sum = new Uint32Array(experts)
  for (let v = from; v < to; v++) for (let e = 0; e < experts; e++) sum[e]! += all[v * experts + e]!
  return sum
}
