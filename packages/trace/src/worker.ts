/** What worker threads need to write traces: all of it plain code, so that a thread starts in little time. */
export { moeLayers } from "./moe-layers.ts"
export type { Model } from "./model.ts"
export { Contradiction, type StoredModel } from "./request-check.ts"
export * from "./segment.ts"
export { missingExpert, type TraceRequest } from "./selections.ts"
export { serveJobs } from "./serve-jobs.ts"
