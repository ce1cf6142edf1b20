/** Spatial relations of expert selections: popularity, profiles of tasks and languages, co-activated pairs. */
export { default as spatial } from "./analysis.ts"
export { countsPopularity } from "./counts.ts"
export { countsImbalance } from "./imbalance/counts-imbalance.ts"
export { imbalance } from "./imbalance/imbalance.ts"
export type { ImbalanceOptions } from "./imbalance/options.ts"
export type { SpatialOptions } from "./options.ts"
export { pairs } from "./spatial.ts"
