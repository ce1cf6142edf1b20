/** How long a unit computes one task once its weights are there. */
import type { Fabric } from "./fabric.ts"
import type { LayerWork } from "./work.ts"

/** Picoseconds, not rounded: FLOP over the unit's achieved arithmetic. */
export const taskComputePs = (fabric: Fabric, work: LayerWork, task: number): number =>
  (work.tokens[task]! * work.flopPerToken * 1e12) / fabric.flopsPerSec[work.unit[task]!]!
