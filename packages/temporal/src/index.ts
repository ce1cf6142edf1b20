/** Temporal relations of expert selections: from layer to layer, from token to token, from prefill to decode. */
export { default as temporal } from "./analysis.ts"
export type { MatrixOptions } from "./matrices.ts"
export { matrixFiles } from "./matrix-files.ts"
export type { TemporalOptions } from "./options.ts"
export { frequencyCeiling } from "./ceiling.ts"
export { overlap } from "./overlap.ts"
