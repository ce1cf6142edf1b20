/** Counting loops: plain loops over typed arrays without allocation, because they run once for each id of a trace. */
import { countingKernels, hasHoles } from "@moira/trace/kernels"

/** Selections at positions `from` to `to` of experts that are marked 1 in `marked`. */
export const countMarked = (ids: Uint16Array, from: number, to: number, marked: Uint8Array): number => {
  let hits = 0
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id < marked.length) hits += marked[id]!
  }
  return hits
}

/** Selections at positions `from` to `to` that are no holes. */
export const countValid = (ids: Uint16Array, from: number, to: number, experts: number): number => {
  let valid = 0
  for (let i = from; i < to; i++) if (ids[i]! < experts) valid++
  return valid
}

/**
 * Adds 1 to `into[i * experts + j]` for each two experts of a row of `topK` ids, the one that stands first as i.
 * Call {@link symmetric} on the sum to count pairs whatever their order.
 */
export const countPairs = (ids: Uint16Array, topK: number, experts: number, into: Uint32Array): void =>
  countingKernels().pairs(ids, { topK, experts, holes: hasHoles(ids, experts) }, into)

/** `[i, j] = [j, i]` = both orders together; the diagonal, which no token of distinct experts has, is left at zero. */
export const symmetric = (ordered: Uint32Array, experts: number): Uint32Array => {
  const out = new Uint32Array(ordered.length)
  for (let i = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++) {
      const both = ordered[i * experts + j]! + ordered[j * experts + i]!
      out[i * experts + j] = both
      out[j * experts + i] = both
    }
  }
  return out
}
