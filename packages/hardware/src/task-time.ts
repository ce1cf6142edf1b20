/** How long a unit computes one task once its weights are there. */
import type { Fabric } from "./machine.ts"
import type { LayerWork } from "./work.ts"

/** Picoseconds, not rounded: the unit's overhead of a task, and FLOP over its achieved arithmetic; nothing for a copy. */
export const taskComputePs = (fabric: Fabric, work: LayerWork, task: number): number => {
  if (work.tokens[task] === 0) return 0
  const unit = work.unit[task]!
  return fabric.taskOverheadPs[unit]! + (work.tokens[task]! * work.flopPerToken * 1e12) / fabric.flopsPerSec[unit]!
}
