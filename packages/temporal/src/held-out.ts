/** Coverage chosen on the training requests and measured, request by request, on the held-out ones. */
import { topIndices } from "@moira/core/statistics"
import { countingKernels, statisticsKernels } from "@moira/trace/kernels"
import { columnSums, type JointCounts } from "./joint.ts"
import type { Steps } from "./steps.ts"

/** Candidates chosen on the training requests. */
export interface Choice {
  /** `chosen[i * experts + j]` is 1 where j is one of the top n candidates given i. */
  readonly chosen: Uint8Array
  /** `popular[j]` is 1 where j is one of the top n candidates whatever i is. */
  readonly popular: Uint8Array
}

/**
 * The top n candidates of each expert i by training counts. Ties, and rows that training never saw, are settled by
 * popularity in training, then by the lower index: with nothing known of i, popularity is what one would use.
 */
export const choose = ({ train, experts }: Pick<JointCounts, "train" | "experts">, n: number): Choice => {
  const byPopularity = topIndices(columnSums(train, experts))
  const chosen = statisticsKernels().topOfRows(train, experts, byPopularity, n)
  const popular = new Uint8Array(experts)
  for (let place = 0; place < n; place++) popular[byPopularity[place]!] = 1
  return { chosen, popular }
}

/** Hits and totals of pairs (i, j), by request of the trace; zero for training requests. */
export interface HeldOutHits {
  readonly totals: Float64Array
  readonly hits: Float64Array
  /** Hits of the candidates chosen without looking at i. */
  readonly popularHits: Float64Array
}

const blank = (requests: number): HeldOutHits => ({
  totals: new Float64Array(requests),
  hits: new Float64Array(requests),
  popularHits: new Float64Array(requests)
})

/** Judges the candidates of all experts, and of expert `top` alone, on the held-out requests. */
export const judge = (
  steps: ReadonlyArray<Steps>,
  { chosen, popular }: Choice,
  top: number,
  heldOut: Uint8Array
): { readonly all: HeldOutHits; readonly top: HeldOutHits } => {
  const all = blank(heldOut.length)
  const alone = blank(heldOut.length)
  for (const { from, to, shift, rows, holes } of steps) {
    const { topK, experts, offsets, firstRequest } = rows
    const runs: Array<number> = []
    for (let r = 0; r < rows.requests; r++) {
      const first = offsets[r]!
      const count = offsets[r + 1]! - first - shift
      if (heldOut[firstRequest + r] === 1 && count > 0) runs.push(first, first + shift, count, r)
    }
    const answers = new Uint32Array(6 * rows.requests)
    const shape = { topK, experts, holes }
    countingKernels().judge(from, to, shape, Uint32Array.from(runs), { chosen, popular, top }, answers)
    for (let r = 0; r < rows.requests; r++) {
      const request = firstRequest + r
      for (const [at, into] of [
        [6 * r, all],
        [6 * r + 3, alone]
      ] as const) {
        into.totals[request]! += answers[at]!
        into.hits[request]! += answers[at + 1]!
        into.popularHits[request]! += answers[at + 2]!
      }
    }
  }
  return { all, top: alone }
}
