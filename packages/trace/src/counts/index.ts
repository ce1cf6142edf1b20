/** Counts of expert selections, without tokens: the contract and its store. */
export * from "./expert-counts.ts"
export * from "./manifest.ts"
export { type CountsReader, openCounts } from "./open-counts.ts"
export { isCountsStore, writeCounts, type WriteCountsOptions } from "./write-counts.ts"
