/** Drives batches and decode steps of a trace through a strategy on a machine. */
export * from "./batch.ts"
export * from "./point.ts"
export * from "./run-result.ts"
export { inlineRunner, localRunner, type PointRunner, Runner } from "./runner.ts"
export * from "./simulate-batch.ts"
export * from "./simulator.ts"
export * from "./strategy.ts"
export * from "./window.ts"
