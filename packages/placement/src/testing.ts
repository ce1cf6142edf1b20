/** Conformance kits for allocators and placement optimizers, in this repository or outside it. */
import type { Fabric } from "@moira/hardware"
import { registerChecks } from "@moira/hardware/testing"
import { allocationContract, type AllocationPolicy } from "./allocator.ts"
import { placementContract, type PlacementPolicy } from "./optimizer.ts"
import { residencyContract, type ResidencyPolicy } from "./residency.ts"
import { allocatorChecks, optimizerChecks } from "./testing/checks.ts"
import { residencyChecks } from "./testing/residency-checks.ts"

export { allocatorChecks, optimizerChecks } from "./testing/checks.ts"
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
