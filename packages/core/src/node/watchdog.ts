/**
 * The one entry of the thread that watches the main thread: a plug-in there that does not return can be ended from outside alone.
 * It tells so on stderr, and stops the main thread by the debugger's means, which reach into a loop.
 */
import * as fs from "node:fs"
import { Session } from "node:inspector"
import * as os from "node:os"
import { parentPort, workerData } from "node:worker_threads"
import { callLookout, timedOut } from "../plugin-calls.ts"

/** What the watchdog is handed. */
export interface WatchdogData {
  /** Where the main thread notes its calls. */
  readonly calls: ArrayBufferLike
  /** Two numbers: 1 when the process is to end with exit code 1, and 1 when the debugger is no longer connected. */
  readonly ended: Int32Array
  readonly limitMs: number
  /** What the line on stderr begins with. */
  readonly prefix: string
}

/** All is said; Node finds traces of a loop that was cut short inconsistent, and would say so at length. */
const muteStderr = (): void => {
  try {
    fs.closeSync(2)
    // The lowest number that is free is the one that was closed.
    fs.openSync(os.devNull, "w")
  } catch {
    // Then it may say so.
  }
}

/** How often it looks. */
const lookMs = 500

const watch = (port: NonNullable<typeof parentPort>, { calls, ended, limitMs, prefix }: WatchdogData): void => {
  const session = new Session()
  session.connectToMainThread()
  const look = callLookout(calls, limitMs)
  const looking = setInterval(() => {
    // Counted by looks: a computer that slept has not waited.
    const name = look(lookMs)
    if (name === undefined) return
    clearInterval(looking)
    Atomics.store(ended, 0, 1)
    const { where, what, hint } = timedOut(name, limitMs)
    // A thread has no file of its own for stderr; the process has.
    fs.writeSync(2, `${prefix}${where}: ${what}; hint: ${hint}\n`)
    muteStderr()
    session.post("Runtime.terminateExecution")
    // Where the main thread only waits, nothing runs that could be terminated.
    port.postMessage("ended")
  }, lookMs)
  // Whoever leaves while a debugger is connected is told to wait for it.
  port.on("message", () => {
    session.disconnect()
    Atomics.store(ended, 1, 1)
    Atomics.notify(ended, 1)
  })
  // The connection is there with the first answer, which a busy main thread would not give.
  session.post("Runtime.evaluate", { expression: "0" }, () => port.postMessage("watching"))
}

if (parentPort === null) throw new Error("this module is the entry of a thread")
watch(parentPort, workerData as WatchdogData)
