/** Held-out pairs by request, and how many of them were marked. */
import { selector } from "@moira/core/statistics"
import type { LayerSelections } from "@moira/trace"
import { chunkHasHoles, countingKernels } from "@moira/trace/kernels"

/** Bits of a mark. */
export const marks = { frequent: 1, popular: 2, block: 4 } as const

/** By request of the trace; zero for training requests. */
export interface PairHits {
  readonly totals: Float64Array
  readonly frequent: Float64Array
  readonly popular: Float64Array
  readonly block: Float64Array
}

/** Counts the pairs of held-out requests whose `marked[i * experts + j]` has each bit. `marked` is symmetric. */
export const pairHits = (chunks: ReadonlyArray<LayerSelections>, heldOut: Uint8Array, marked: Uint8Array): PairHits => {
  const list = () => new Float64Array(heldOut.length)
  const hits = { totals: list(), frequent: list(), popular: list(), block: list() }
  for (const chunk of chunks) {
    const { ids, offsets, requests, firstRequest, topK, experts } = chunk
    const runs: Array<number> = []
    for (let r = 0; r < requests; r++)
      if (heldOut[firstRequest + r] === 1) runs.push(offsets[r]!, offsets[r + 1]! - offsets[r]!, r)
    const answers = new Uint32Array(4 * requests)
    const shape = { topK, experts, holes: chunkHasHoles(chunk) }
    countingKernels().markedPairs(ids, shape, Uint32Array.from(runs), marked, answers)
    for (let r = 0; r < requests; r++) {
      hits.totals[firstRequest + r] = answers[4 * r]!
      hits.frequent[firstRequest + r] = answers[4 * r + 1]!
      hits.popular[firstRequest + r] = answers[4 * r + 2]!
      hits.block[firstRequest + r] = answers[4 * r + 3]!
    }
  }
  return hits
}

/** Entries of a matrix at i < j, row by row. */
export const pairValues = (matrix: Uint32Array, experts: number): Float64Array => {
  const values = new Float64Array((experts * (experts - 1)) / 2)
  for (let i = 0, o = 0; i < experts; i++) for (let j = i + 1; j < experts; j++) values[o++] = matrix[i * experts + j]!
  return values
}

/** Products of the counts of i and of j, row by row. */
export const pairProducts = (counts: Uint32Array): Float64Array => {
  const experts = counts.length
  const values = new Float64Array((experts * (experts - 1)) / 2)
  for (let i = 0, o = 0; i < experts; i++) for (let j = i + 1; j < experts; j++) values[o++] = counts[i]! * counts[j]!
  return values
}

/** Sets `bit` on the pairs of the `n` greatest values, which are whole; ties go to the pair that comes first, row by row. */
export const markTop = (values: Float64Array, experts: number, n: number, bit: number, marked: Uint8Array): void => {
  const { level, ties } = selector(values.length)(values, 0, values.length, n)
  let left = ties
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++, o++) {
      const of = values[o]!
      if (of < level || (of === level && left-- <= 0)) continue
      marked[i * experts + j]! |= bit
      marked[j * experts + i]! |= bit
    }
  }
}
