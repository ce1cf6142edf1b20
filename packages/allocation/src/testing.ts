/** The kits that every allocator and residency runs, in this repository or outside it. */
export { allocatorChecks, allocatorConformance } from "./testing/allocator-checks.ts"
export { residencyChecks, residencyConformance } from "./testing/residency-checks.ts"
