/** Spatial relations of expert selections: popularity, profiles of tasks and languages, co-activated pairs. */
export { entropyBits, gini, jensenShannon, skewMaxOverMean } from "./concentration.ts"
export { countPairs, symmetric } from "./kernels.ts"
export type { SpatialOptions } from "./options.ts"
export { coactivation, leastSightings, maxOverRandom } from "./pair-layer.ts"
export { pairs, popularity, profiles, spatial, type SpatialLayer, type SpatialState } from "./spatial.ts"
