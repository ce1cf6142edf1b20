/** Selections of each request: what shuffles of requests among tasks are counted from, without reading ids again. */
import { countExperts, type LayerSelections } from "@moira/trace"

/** `counts[request * experts + expert]` at one layer, for all requests of the trace. */
export const requestCounts = (chunks: ReadonlyArray<LayerSelections>, requests: number): Uint32Array => {
  const { experts } = chunks[0]!
  const counts = new Uint32Array(requests * experts)
  for (const { ids, offsets, requests: held, firstRequest, topK } of chunks) {
    for (let r = 0; r < held; r++) {
      countExperts(ids, offsets[r]! * topK, offsets[r + 1]! * topK, experts, counts, (firstRequest + r) * experts)
    }
  }
  return counts
}

/** Sums of requests by label: `into[label * experts + expert]`. A hot loop over requests x experts. */
export const sumByLabel = (
  counts: Uint32Array,
  labels: ArrayLike<number>,
  experts: number,
  into: Uint32Array
): Uint32Array => {
  into.fill(0)
  for (let r = 0, o = 0; r < labels.length; r++) {
    const at = labels[r]! * experts
    for (let e = 0; e < experts; e++) into[at + e]! += counts[o++]!
  }
  return into
}
