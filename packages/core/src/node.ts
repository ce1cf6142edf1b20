/** The part of the ground that needs Node: files that appear whole, plug-ins of folders and packages, threads. */
export { builtinNames } from "./node/builtins.ts"
export { releaseLock, takeLock } from "./node/lock-file.ts"
export { makeDirectory } from "./node/make-directory.ts"
export { readModel, type ReadModel, resolveModel } from "./node/model-file.ts"
export { nodePlugins, nodePluginsFrom } from "./node/plugins.ts"
export { SaveError, saveFile, saveText, writeFiles } from "./node/save.ts"
export { throwingPlugin } from "./node/strangers.ts"
export { threadRunner } from "./runners/threads.ts"
