/** Spatial relations of expert selections: popularity, profiles of tasks and languages, co-activated pairs. */
export { degenerateShare, entropyBits, gini, isDegenerate, jensenShannon, skewMaxOverMean } from "./concentration.ts"
export { countExperts, countPairs, symmetric } from "./kernels.ts"
export type { LayerwiseState } from "./layerwise.ts"
export type { SpatialOptions } from "./options.ts"
export { coactivation, leastSightings, maxOverRandom } from "./pair-layer.ts"
export { pairs, popularity, profiles, spatial, type SpatialLayer, type SpatialState } from "./spatial.ts"
