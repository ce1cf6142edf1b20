/** Every built-in allocator and residency, as the folders have them, through its kit. */
import { builtinPlugins } from "@moira/core/testing"
import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { allocatorKind } from "../src/allocator.ts"
import { residencyKind } from "../src/residency.ts"
import { allocatorConformance } from "../src/testing/allocator-checks.ts"
import { residencyConformance } from "../src/testing/residency-checks.ts"
import { Effect } from "effect"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const allocators = await Effect.runPromise(builtinPlugins(allocatorKind))
const residencies = await Effect.runPromise(builtinPlugins(residencyKind))

for (const dies of [2, 5, 16]) {
  const fabric = fabricOf(Effect.runSync(ring.build({ dies, ...spec })))
  for (const { plugin } of allocators) allocatorConformance(plugin, fabric)
  for (const { plugin } of residencies) residencyConformance(plugin, fabric)
}
