/** GPU clusters: the backend, and predictions of single MoE layers. */
import { multiGpu } from "./backend.ts"

export { expertTimeOf } from "./expert-kernels.ts"
export { type GpuName, gpus } from "./gpus.ts"
export { predictLayer } from "./prediction/predict.ts"
export { type LayerQuestion, PredictionError } from "./prediction/question.ts"
export { ClusterSpec } from "./spec.ts"
export default multiGpu
