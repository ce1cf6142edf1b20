/** The figures and tables of the study, made again and set beside what it published. */
export { studyModels } from "./bench.ts"
export { relativeError, ReproductionDocument } from "./document.ts"
export { refuseFolder } from "./h100.ts"
export { reproduce } from "./reproduce.ts"
export { type Reproduction, reproductionKind } from "./reproduction.ts"
