/** Spatial relations of expert selections: popularity, profiles of tasks and languages, co-activated pairs. */
export { countsPopularity } from "./counts.ts"
export { countsImbalance } from "./imbalance/counts-imbalance.ts"
export { imbalance } from "./imbalance/imbalance.ts"
export type { ImbalanceOptions } from "./imbalance/options.ts"
export type { SpatialOptions } from "./options.ts"
export { pairs, spatial } from "./spatial.ts"
