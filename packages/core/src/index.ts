/** Units, errors, random draws, the model catalogue and plug-in kinds: what every Moira package stands on. */
export { canonicalSha256, canonicalText } from "./canonical.ts"
export { catalogue, findModel } from "./catalogue.ts"
export type { TakenFact } from "./config/read-config.ts"
export { given } from "./given.ts"
export {
  expertFlopPerToken,
  expertMatrices,
  expertParameters,
  expertsPerToken,
  expertWidth,
  Model,
  ModelError,
  sharedParameters
} from "./model.ts"
export { importPlugin } from "./imported-plugin.ts"
export { bareName, isVariantOf, plainName } from "./model-name.ts"
export { choosableIds, moeLayers } from "./moe-layers.ts"
export {
  amountFault,
  builtIn,
  type Called,
  calling,
  fingerprint,
  frozen,
  importedFrom,
  isBuiltIn,
  moduleOf,
  numberOf,
  PluginFault,
  pluginFault,
  printFactor,
  shown,
  surfacePluginFaults,
  threw,
  whenToLook,
  withPluginFaults,
  type WrongAnswer
} from "./plugin-fault.ts"
export { enter, leave } from "./plugin-calls.ts"
export { asking, callingEffect, PluginSeconds } from "./plugin-effect.ts"
export { listReferences, noteOrigin, PluginReference, referenceOf } from "./plugin-reference.ts"
export { type Loaded, PluginError, type PluginKind, pluginKind } from "./plugin.ts"
export { allPlugins, loadPlugin, openPlugin, pluginNames, Plugins, type PluginSource, tablePlugins } from "./plugins.ts"
export { knownNames, type ProblemClass, taggedProblem } from "./problem.ts"
export { Progress, type ProgressEvent } from "./progress.ts"
export { random, type Random, substream } from "./random.ts"
export { runAll } from "./run-all.ts"
export { Runner } from "./runner-stage.ts"
export { type Done, preparedFor, RunnerError, type RunnerPlugin, type Task, type WorkRunner } from "./runner.ts"
export { inlineRunner } from "./runners/inline.ts"
export { Amount, Count, Picoseconds, PositiveCount, Rate, ReservedShare, Share } from "./schema.ts"
export { isSealed, sealJson } from "./sealed-json.ts"
export { sha256, sha256OfTexts } from "./sha256.ts"
export { sharedBytes } from "./shared-bytes.ts"
export { Stage, type StageClass } from "./stage.ts"
export { formatBytes, formatCount, formatJoules, formatPs, wholePs } from "./units.ts"
export { storedFormat } from "./stored-format.ts"
export { version } from "./version.ts"
export { bytesPerWeight, WeightFormat, weightFormats } from "./weight-formats.ts"
