/** The kit that every reproduction runs, in this repository or outside it. */
export { reproductionChecks, reproductionConformance } from "./testing/reproduction-checks.ts"
