/**
 * The one entry of worker threads: imports the task it is handed by the URL of its module and answers inputs. Without
 * Effect, whose import would take longer than many jobs.
 */
import { parentPort, workerData } from "node:worker_threads"
import { noteCalls } from "../plugin-calls.ts"
import { thrown } from "../thrown.ts"
import type { Job, Reply } from "./job.ts"

type Run = (input: unknown, shared: unknown) => unknown

const taskOf = async (module: string): Promise<Run> => {
  const { default: task } = (await import(module)) as { readonly default?: { readonly run?: unknown } }
  if (typeof task?.run !== "function") throw new TypeError(`the default export of ${module} is not a task`)
  return (input, shared) => (task.run as Run)(input, shared)
}

const serve = (port: NonNullable<typeof parentPort>): void => {
  let current: { readonly run: Promise<Run>; readonly shared: unknown } | undefined
  const answer = async ({ id, input }: Job): Promise<Reply> => {
    const { run, shared } = current!
    let task: Run
    try {
      task = await run
    } catch (error) {
      return { id, ok: false, reason: "BadTask", error: thrown(error) }
    }
    try {
      return { id, ok: true, value: await task(input, shared) }
    } catch (error) {
      return { id, ok: false, reason: "JobFailed", error: thrown(error) }
    }
  }
  port.on("message", (job: Job) => {
    if (job.handed !== undefined) current = { run: taskOf(job.handed.module), shared: job.handed.shared }
    void answer(job).then((reply) => {
      try {
        port.postMessage(reply)
      } catch (error) {
        port.postMessage({ id: job.id, ok: false, reason: "JobFailed", error: thrown(error) } satisfies Reply)
      }
    })
  })
}

if (parentPort === null) throw new Error("this module is the entry of worker threads")
// Who started the thread looks there for a plug-in that does not return.
noteCalls((workerData as { readonly calls: ArrayBufferLike }).calls)
serve(parentPort)
