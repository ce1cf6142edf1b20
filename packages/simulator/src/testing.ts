/** The kit that every strategy runs, in this repository or outside it. */
export { strategyChecks, strategyConformance } from "./testing/strategy-checks.ts"
