/** The part of the ground that needs Node: files that appear whole, plug-ins of folders and packages, threads. */
export { flushDirectory, writeFileAtomic } from "./node/atomic-file.ts"
export { atomicDirectory, type AtomicDirectory } from "./node/atomic.ts"
export { releaseLock, takeLock } from "./node/lock-file.ts"
export { makeDirectory } from "./node/make-directory.ts"
export { resolveModel } from "./node/model-file.ts"
export { builtinNames, importPlugin, loadPlugin } from "./node/plugins.ts"
export { SaveError, saveText } from "./node/save.ts"
export { makeWorkerPool, WorkerError, type WorkerPool, type WorkerPoolOptions } from "./node/thread-runner.ts"
