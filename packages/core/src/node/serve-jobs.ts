/** The thread's side of a worker pool; without Effect, whose import would take longer than many jobs. */
import { parentPort } from "node:worker_threads"

/** What a thread answers to a job. */
export type Reply<A> =
  | { readonly id: number; readonly ok: true; readonly value: A }
  | { readonly id: number; readonly ok: false; readonly error: { readonly message: string; readonly cause: unknown } }

/** Called once by a worker module: answers each job with `handle`'s result or its error. */
export const serveJobs = <A>(handle: (job: any) => A | Promise<A>): void => {
  const port = parentPort
  if (port === null) throw new Error("serveJobs was called outside a worker thread")
  const answer = async ({ id, job }: { readonly id: number; readonly job: unknown }): Promise<Reply<A>> => {
    try {
      return { id, ok: true, value: await handle(job) }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      // An error of a schema class does not survive the copy to the other thread; its plain fields do.
      return { id, ok: false, error: { message, cause: plainCause(cause) } }
    }
  }
  port.on("message", (message: { readonly id: number; readonly job: unknown }) => {
    void answer(message).then((reply) => port.postMessage(reply))
  })
}

const plainCause = (cause: unknown): unknown => {
  if (!(cause instanceof Error)) return String(cause)
  const fields = Object.entries(cause).filter(([, value]) => typeof value === "string")
  return { name: cause.name, stack: cause.stack, ...Object.fromEntries(fields) }
}
