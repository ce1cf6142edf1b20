/** Coverage chosen on half of the tasks and judged on the other half, from joint counts alone. */
import type { AcrossTasks } from "@moira/results"
import { choose } from "./held-out.ts"
import type { JointCounts } from "./joint.ts"

interface Covered {
  readonly hits: number
  readonly popularHits: number
  readonly total: number
}

/** What the best candidates of `train` cover of `judged`; of row `only` where given. */
const covered = (
  train: Uint32Array,
  judged: Uint32Array,
  experts: number,
  n: number,
  only: number | undefined
): Covered | undefined => {
  if (!train.some((count) => count > 0)) return undefined
  const { chosen, popular } = choose({ train, experts }, n)
  let [hits, popularHits, total] = [0, 0, 0]
  for (let i = only ?? 0; i < (only === undefined ? experts : only + 1); i++) {
    for (let j = 0; j < experts; j++) {
      const count = judged[i * experts + j]!
      total += count
      hits += count * chosen[i * experts + j]!
      popularHits += count * popular[j]!
    }
  }
  return total === 0 ? undefined : { hits, popularHits, total }
}

/** Both halves choose `n` candidates for the other; undefined where there is one task, or one half has no steps. */
export const acrossTasks = (
  { byTask, experts }: JointCounts,
  n: number,
  tasks: number,
  only?: number
): AcrossTasks | undefined => {
  if (byTask === undefined) return undefined
  const [first, second] = byTask
  const [there, back] = [covered(first, second, experts, n, only), covered(second, first, experts, n, only)]
  if (there === undefined || back === undefined) return undefined
  const total = there.total + back.total
  return {
    tasks,
    heldOut: (there.hits + back.hits) / total,
    directions: [there.hits / there.total, back.hits / back.total],
    popularity: (there.popularHits + back.popularHits) / total
  }
}
