/** Readers of external expert-selection traces, and a synthetic twin generator. */
export * from "./benchmarks.ts"
export * from "./detect.ts"
export * from "./error.ts"
export * from "./source.ts"
export * from "./twin/synthesize.ts"
export { type TwinLanguage, twinLanguages } from "./twin/workload.ts"
