/** For tests: what every kind of result must do in a report, and what every report format must do. */
export { type KindExamples, reportedKindChecks, reportedKindConformance } from "./testing/kind-checks.ts"
export { reporterChecks, reporterConformance } from "./testing/reporter-checks.ts"
