/** Synthetic traces with the published statistics of a model. */
export { TwinError } from "./error.ts"
export {
  makeTwin,
  synthesize,
  type Synthesized,
  type SynthesizeOptions,
  type Twin,
  type TwinOptions,
  type TwinStudy
} from "./synthesize.ts"
export { type TwinLanguage, twinLanguages } from "./workload.ts"
