/** Counting loops: plain loops over typed arrays without allocation, because they run once for each id of a trace. */
import { countingKernels, hasHoles } from "@moira/trace/kernels"

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
