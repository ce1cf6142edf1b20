export { Contradiction, type StoredModel } from "./request-check.ts"
export * from "./segment.ts"
export { missingExpert, type TraceRequest } from "./selections.ts"
