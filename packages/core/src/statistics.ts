/** Statistics that more than one package takes: bootstrap, splits, ranks, distances, elementary functions. */
export { adjustedRand } from "./statistics/adjusted-rand.ts"
export { type BootstrapOptions, bootstrapRatio, middle95 } from "./statistics/bootstrap.ts"
export { exp } from "./statistics/exp.ts"
export { jensenShannon } from "./statistics/jensen-shannon.ts"
export { log2 } from "./statistics/log2.ts"
export { averageRanks, rhoOfRanks, spearman, weightedRanks } from "./statistics/rank.ts"
export { defaultSplit, heldOutMask, type Split } from "./statistics/split.ts"
export { topCount, topIndices } from "./statistics/top.ts"
