/** Coverage chosen on half of the tasks and judged on the other half, from joint counts alone. */
import type { AcrossTasks } from "@moira/results"
import { type Choice, choose } from "./held-out.ts"
import type { JointCounts } from "./joint.ts"

interface Covered {
  readonly hits: number
  readonly popularHits: number
  readonly total: number
}

/** What candidates cover of rows `from` to `to - 1` of `judged`. A hot loop over cells. */
const covered = (
  { chosen, popular }: Choice,
  judged: Uint32Array,
  experts: number,
  from: number,
  to: number
): Covered | undefined => {
  let [hits, popularHits, total] = [0, 0, 0]
  for (let i = from, cell = from * experts; i < to; i++) {
    for (let j = 0; j < experts; j++, cell++) {
      const count = judged[cell]!
      total += count
      hits += count * chosen[cell]!
      popularHits += count * popular[j]!
    }
  }
  return total === 0 ? undefined : { hits, popularHits, total }
}

const chosenBy = (train: Uint32Array, experts: number, n: number): Choice | undefined => {
  for (let cell = 0; cell < train.length; cell++) if (train[cell]! > 0) return choose({ train, experts }, n)
  return undefined
}

/**
 * Both halves choose `n` candidates for the other: what they cover of all rows, or of row `only`; undefined where there is
 * one task, or one half has no steps.
 */
export const acrossTasks = (
  { byTask, experts }: Pick<JointCounts, "byTask" | "experts">,
  n: number,
  tasks: number
): ((only?: number) => AcrossTasks | undefined) => {
  if (byTask === undefined) return () => undefined
  const [first, second] = byTask
  const [ofFirst, ofSecond] = [chosenBy(first, experts, n), chosenBy(second, experts, n)]
  return (only) => {
    const [from, to] = only === undefined ? [0, experts] : [only, only + 1]
    const there = ofFirst && covered(ofFirst, second, experts, from, to)
    const back = ofSecond && covered(ofSecond, first, experts, from, to)
    if (there === undefined || back === undefined) return undefined
    const total = there.total + back.total
    return {
      tasks,
      heldOut: (there.hits + back.hits) / total,
      directions: [there.hits / there.total, back.hits / back.total],
      popularity: (there.popularHits + back.popularHits) / total
    }
  }
}
