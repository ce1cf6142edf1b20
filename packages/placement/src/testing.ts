/** Conformance kits for allocators and placement optimizers, in this repository or outside it. */
import type { Fabric } from "@moira/hardware"
import { registerChecks } from "@moira/core/testing"
import { placementContract, type PlacementPolicy } from "./optimizer.ts"
import { exportContract, type ExportPolicy } from "./exporter.ts"
import { exporterChecks } from "./testing/exporter-checks.ts"
import { optimizerChecks } from "./testing/optimizer-checks.ts"
export { exporterChecks } from "./testing/exporter-checks.ts"
export { optimizerChecks } from "./testing/optimizer-checks.ts"

/** Registers the placement contract's tests for one policy on one machine. */
export const optimizerConformance = (policy: PlacementPolicy, fabric: Fabric): void =>
  registerChecks(`${policy.id}: ${placementContract} on ${fabric.units} units`, optimizerChecks(policy, fabric))

/** Registers the export contract's tests for one exporter. */
export const exporterConformance = (policy: ExportPolicy): void =>
  registerChecks(`${policy.id}: ${exportContract}`, exporterChecks(policy))
