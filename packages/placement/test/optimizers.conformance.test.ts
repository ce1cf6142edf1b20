import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import {
  affinity,
  best,
  contiguous,
  dup,
  eplb,
  eplbGlobal,
  milp,
  randomPlacement,
  remap,
  roundRobin,
  separatePairs,
  taskAware,
  worst
} from "@moira/placement"
import { optimizerConformance } from "@moira/placement/testing"
import { Effect } from "effect"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const ringOf = (dies: number) => fabricOf(Effect.runSync(ring.build({ dies, ...spec })))

for (const dies of [2, 5, 16]) {
  const fabric = ringOf(dies)
  for (const policy of [contiguous, roundRobin, randomPlacement, remap, dup, eplb, eplbGlobal, best, worst])
    optimizerConformance(policy, fabric)
  for (const policy of [separatePairs, affinity, taskAware]) optimizerConformance(policy, fabric)
}
// Proofs take their time: the smallest machine is enough for the contract.
optimizerConformance(milp, ringOf(2))
