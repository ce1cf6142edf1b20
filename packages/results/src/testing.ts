/** For tests: what every kind of result must do. */
export { resultKindChecks, resultKindConformance } from "./testing/result-kind-checks.ts"
