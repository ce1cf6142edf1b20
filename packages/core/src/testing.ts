/** For tests: built-in plug-ins, checks as data, scratch folders, a small model. */
export { builtinPlugins } from "./testing/builtins.ts"
export { type Check, registerChecks } from "./testing/check.ts"
export { importedFrom } from "./plugin-fault.ts"
export { runnerConformance } from "./testing/runner-conformance.ts"
export { snapshot, temporaryDirectory } from "./testing/scratch.ts"
export { makeModel, without } from "./testing/test-model.ts"
