/** GPU clusters: the backend, and predictions of single MoE layers. */
import { multiGpu } from "./backend.ts"

export { multiGpu } from "./backend.ts"
export * from "./exchange/exchange.ts"
export * from "./exchange/kernels.ts"
export * from "./exchange/rank-loads.ts"
export * from "./fitted.ts"
export * from "./gpus.ts"
export { machines } from "./machines.ts"
export { type Distribution } from "./prediction/counts.ts"
export * from "./prediction/predict.ts"
export { type LayerQuestion, PredictionError } from "./prediction/question.ts"
export { reachedShare } from "./prediction/reached.ts"
export { ClusterSpec } from "./spec.ts"
export default multiGpu
