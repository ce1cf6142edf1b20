/** Held-out pairs by request, and how many of them were marked: a hot loop over pairs of a token, without allocation. */
import type { LayerSelections } from "@moira/trace"

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
  const [totals, frequent, popular, block] = [0, 1, 2, 3].map(() => new Float64Array(heldOut.length))
  for (const { ids, offsets, requests, firstRequest, topK, experts } of chunks) {
    for (let r = 0; r < requests; r++) {
      const request = firstRequest + r
      if (heldOut[request] !== 1) continue
      let [all, first, second, third] = [0, 0, 0, 0]
      const to = offsets[r + 1]! * topK
      for (let o = offsets[r]! * topK; o < to; o += topK) {
        const end = o + topK
        for (let a = o; a < end; a++) {
          const i = ids[a]!
          if (i >= experts) continue
          const row = i * experts
          for (let b = a + 1; b < end; b++) {
            const j = ids[b]!
            if (j >= experts || j === i) continue
            const mark = marked[row + j]!
            all++
            first += mark & 1
            second += (mark >> 1) & 1
            third += mark >> 2
          }
        }
      }
      totals![request] = all
      frequent![request] = first
      popular![request] = second
      block![request] = third
    }
  }
  return { totals: totals!, frequent: frequent!, popular: popular!, block: block! }
}

/** Sets `bit` on the pairs of the `n` greatest values; ties go to the pair that comes first, row by row. */
export const markTop = (
  value: (i: number, j: number) => number,
  experts: number,
  n: number,
  bit: number,
  marked: Uint8Array
): void => {
  const values = new Float64Array((experts * (experts - 1)) / 2)
  for (let i = 0, o = 0; i < experts; i++) for (let j = i + 1; j < experts; j++) values[o++] = value(i, j)
  const ascending = values.toSorted()
  const limit = ascending[values.length - n]!
  let above = 0
  for (let o = values.length - 1; o >= 0 && ascending[o]! > limit; o--) above++
  let ties = n - above
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++, o++) {
      const of = values[o]!
      if (of < limit || (of === limit && ties-- <= 0)) continue
      marked[i * experts + j]! |= bit
      marked[j * experts + i]! |= bit
    }
  }
}
