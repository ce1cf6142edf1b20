import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { algorithm1 } from "../src/allocators/algorithm-1.ts"
import { atHome } from "../src/allocators/at-home.ts"
import { balance } from "../src/allocators/balance.ts"
import { even } from "../src/allocators/even.ts"
import { fixed } from "../src/residencies/fixed.ts"
import { predicted } from "../src/residencies/predicted.ts"
import { retained } from "../src/residencies/retained.ts"
import { allocatorConformance } from "../src/testing/allocator-checks.ts"
import { residencyConformance } from "../src/testing/residency-checks.ts"
import { Effect } from "effect"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }

for (const dies of [2, 5, 16]) {
  const fabric = fabricOf(Effect.runSync(ring.build({ dies, ...spec })))
  for (const policy of [even, atHome, algorithm1, balance]) allocatorConformance(policy, fabric)
  for (const policy of [fixed, predicted, retained]) residencyConformance(policy, fabric)
}
