/** Conformance kits for allocators and placement optimizers, in this repository or outside it. */
import type { Fabric } from "@moira/hardware"
import { registerChecks } from "@moira/core/testing"
import { allocationContract, type AllocationPolicy } from "./allocator.ts"
import { cacheContract, type CachePolicy } from "./cache.ts"
import { placementContract, type PlacementPolicy } from "./optimizer.ts"
import { exportContract, type ExportPolicy } from "./exporter.ts"
import { residencyContract, type ResidencyPolicy } from "./residency.ts"
import { cacheChecks } from "./testing/cache-checks.ts"
import { allocatorChecks } from "./testing/checks.ts"
import { exporterChecks } from "./testing/exporter-checks.ts"
import { optimizerChecks } from "./testing/optimizer-checks.ts"
import { residencyChecks } from "./testing/residency-checks.ts"

export {
  cacheChecks,
  type CacheDrive,
  type CacheScene,
  type CacheSteps,
  cacheSteps,
  driveCache
} from "./testing/cache-checks.ts"
export { allocatorChecks } from "./testing/checks.ts"
export { exporterChecks } from "./testing/exporter-checks.ts"
export { optimizerChecks } from "./testing/optimizer-checks.ts"
export { residencyChecks } from "./testing/residency-checks.ts"

/** Registers the allocation contract's tests for one policy on one machine. */
export const allocatorConformance = (policy: AllocationPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${allocationContract} on ${fabric.units} units`, allocatorChecks(policy, fabric))

/** Registers the placement contract's tests for one policy on one machine. */
export const optimizerConformance = (policy: PlacementPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${placementContract} on ${fabric.units} units`, optimizerChecks(policy, fabric))

/** Registers the residency contract's tests for one policy on one machine. */
export const residencyConformance = (policy: ResidencyPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${residencyContract} on ${fabric.units} units`, residencyChecks(policy, fabric))

/** Registers the export contract's tests for one exporter. */
export const exporterConformance = (policy: ExportPolicy): void =>
  registerChecks(`${policy.id}: ${exportContract}`, exporterChecks(policy))

/** Registers the cache contract's tests for one policy. */
export const cacheConformance = (policy: CachePolicy): void =>
  registerChecks(`${policy.id}: ${cacheContract}`, cacheChecks(policy))
