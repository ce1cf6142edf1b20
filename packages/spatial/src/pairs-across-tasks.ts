/** Frequent pairs of half of the tasks, judged on the other half, from co-activation counts alone. */
import type { AcrossTasks } from "@moira/results"
import { markTop, marks, pairProducts, pairValues } from "./pair-hits.ts"

/** Co-activations of one half, and its selections by expert. */
export interface HalfPairs {
  readonly matrix: Uint32Array
  readonly counts: Uint32Array
}

interface Covered {
  readonly frequent: number
  readonly popular: number
  readonly total: number
}

/** What the `n` pairs that `chosen` shows most cover of the pairs of `judged`, and the n that its popularity makes likeliest. */
const covered = (chosen: HalfPairs, judged: HalfPairs, n: number): Covered | undefined => {
  const { matrix, counts } = chosen
  const experts = counts.length
  if (!matrix.some((count) => count > 0)) return undefined
  const marked = new Uint8Array(experts * experts)
  markTop(pairValues(matrix, experts), experts, n, marks.frequent, marked)
  markTop(pairProducts(counts), experts, n, marks.popular, marked)
  let [frequent, popular, total] = [0, 0, 0]
  for (let i = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++) {
      const [count, mark] = [judged.matrix[i * experts + j]!, marked[i * experts + j]!]
      total += count
      if ((mark & marks.frequent) !== 0) frequent += count
      if ((mark & marks.popular) !== 0) popular += count
    }
  }
  return total === 0 ? undefined : { frequent, popular, total }
}

/** Both halves choose `n` pairs for the other; undefined where a half has no pairs. */
export const pairsAcrossTasks = (
  [first, second]: readonly [HalfPairs, HalfPairs],
  n: number,
  tasks: number
): AcrossTasks | undefined => {
  const [there, back] = [covered(first, second, n), covered(second, first, n)]
  if (there === undefined || back === undefined) return undefined
  const total = there.total + back.total
  return {
    tasks,
    heldOut: (there.frequent + back.frequent) / total,
    directions: [there.frequent / there.total, back.frequent / back.total],
    popularity: (there.popular + back.popular) / total
  }
}
