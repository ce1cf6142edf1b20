/** Watches the main thread of a program for plug-ins from outside that do not return; see `watchdog`. */
import { isMainThread, Worker } from "node:worker_threads"
import { noteCalls } from "../plugin-calls.ts"
import type { WatchdogData } from "./watchdog.ts"

/** Longest wait for the watchdog to let go, where the machine is busy. */
const maxLeaveMs = 1000

let prefix: string | undefined
let watching: Promise<void> | undefined

/**
 * For programs, not libraries: from the first plug-in from outside on, a call that lasts too long ends the process with exit
 * code 1 and one line on stderr that begins with `before`. Without a debugger in Node nothing is watched.
 */
export const endWhenPluginsHang = (before: string): void => {
  if (isMainThread) prefix = before
}

const startWatchdog = (before: string, limitMs: number): Promise<void> =>
  new Promise((resolve) => {
    const entry = new URL(import.meta.resolve("@moira/core/watchdog"))
    const ended = new Int32Array(new SharedArrayBuffer(8))
    const data: WatchdogData = { calls: noteCalls(), ended, limitMs, prefix: before }
    const conditions = entry.pathname.endsWith(".ts") ? { execArgv: ["--conditions=@moira/source"] } : {}
    const worker = new Worker(entry, { ...conditions, workerData: data })
    worker.on("message", (told) => {
      if (told === "ended") process.exit(1)
      worker.unref()
      resolve()
    })
    worker.on("error", () => resolve())
    process.on("exit", () => {
      worker.postMessage("leave")
      Atomics.wait(ended, 1, 0, maxLeaveMs)
      // What was terminated leaves nothing to do, and the process would end as if all were well.
      if (Atomics.load(ended, 0) === 1) process.exitCode = 1
    })
  })

/** Watches from now on, where the program asked for it; ends when it does. */
export const watchPlugins = (limitMs: number): Promise<void> => {
  if (prefix === undefined) return Promise.resolve()
  return (watching ??= startWatchdog(prefix, limitMs))
}
