/** Synthetic traces with the published statistics of a model. */
export { TwinError } from "./error.ts"
export { makeTwin, synthesize, type SynthesizeOptions, type TwinOptions } from "./synthesize.ts"
export { type TwinLanguage, twinLanguages } from "./workload.ts"
