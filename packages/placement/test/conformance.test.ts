import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { algorithm1, atHome, balance, even, fixed, predicted, retained } from "@moira/placement"
import { allocatorConformance, residencyConformance } from "@moira/placement/testing"
import { Effect } from "effect"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }

for (const dies of [2, 5, 16]) {
  const fabric = fabricOf(Effect.runSync(ring.build({ dies, ...spec })))
  for (const policy of [even, atHome, algorithm1, balance]) allocatorConformance(policy, fabric)
  for (const policy of [fixed, predicted, retained]) residencyConformance(policy, fabric)
}
