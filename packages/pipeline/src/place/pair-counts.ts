/** Pairs of experts that tokens chose, as optimizers read them; counted by the kernels of traces. */
import { hasHoles, countingKernels } from "@moira/trace/kernels"
import type { Tokens } from "./traffic.ts"

/** Adds the other half of a matrix that holds each pair once, in either order, and clears the diagonal: an expert is no pair. */
const mirror = (pairs: Uint32Array, experts: number): void => {
  for (let i = 0; i < experts; i++) {
    pairs[i * experts + i] = 0
    for (let j = i + 1; j < experts; j++) {
      const both = pairs[i * experts + j]! + pairs[j * experts + i]!
      pairs[i * experts + j] = both
      pairs[j * experts + i] = both
    }
  }
}

/** Tokens that chose both of a pair, at `i * experts + j`; symmetric, 0 on the diagonal. */
export const together = ({ ids, topK }: Tokens, experts: number): Uint32Array => {
  const pairs = new Uint32Array(experts * experts)
  countingKernels().pairs(ids, { topK, experts, holes: hasHoles(ids, experts) }, pairs)
  mirror(pairs, experts)
  return pairs
}

/** Tokens that chose i at one layer and j at the next, at `i * experts + j`. */
export const following = (first: Tokens, second: Tokens, experts: number): Uint32Array => {
  const pairs = new Uint32Array(experts * experts)
  const { topK } = first
  const holes = hasHoles(first.ids, experts) || hasHoles(second.ids, experts)
  const run = Uint32Array.of(0, 0, first.ids.length / topK, 0)
  countingKernels().joint(first.ids, second.ids, { topK, experts, holes }, run, [pairs])
  return pairs
}
