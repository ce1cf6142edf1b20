/** Temporal relations of expert selections: from layer to layer, from token to token, from prefill to decode. */
export { type Frequencies, frequencies } from "./frequencies.ts"
export { type Choice, choose } from "./held-out.ts"
export { heatmapRho } from "./heatmap-rank.ts"
export { diagonalLift, type JointCounts, jointCounts } from "./joint.ts"
export { conditional, eachMatrix, type MatrixOptions, type RelationMatrix } from "./matrices.ts"
export { npyBytes } from "./npy.ts"
export type { TemporalOptions } from "./options.ts"
export { overlap } from "./phases.ts"
export { type Recency, recency } from "./recency.ts"
export { crossLayerCounts, crossTokenCounts, layerSteps, type Steps, tokenSteps } from "./steps.ts"
export {
  crossLayer,
  crossToken,
  positionDrift,
  prefillDecode,
  requestDrift,
  reuse,
  temporal,
  type TemporalLayer,
  type TemporalState
} from "./temporal.ts"
export { matrixFiles } from "./matrix-files.ts"
