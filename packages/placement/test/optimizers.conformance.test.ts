import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import affinity from "../src/optimizers/affinity.ts"
import best from "../src/optimizers/best.ts"
import contiguous from "../src/optimizers/contiguous.ts"
import dup from "../src/optimizers/dup.ts"
import eplb from "../src/optimizers/eplb/index.ts"
import eplbGlobal from "../src/optimizers/eplb-global.ts"
import milp from "../src/optimizers/milp/index.ts"
import randomPlacement from "../src/optimizers/random.ts"
import remap from "../src/optimizers/remap.ts"
import roundRobin from "../src/optimizers/round-robin.ts"
import separatePairs from "../src/optimizers/separate-pairs.ts"
import taskAware from "../src/optimizers/task-aware.ts"
import worst from "../src/optimizers/worst.ts"
import { optimizerConformance } from "../src/testing.ts"
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
