/**
 * A pool of plain worker threads for compute kernels: no Effect inside the thread, shared memory untouched, and an
 * interrupted or crashed job costs its thread, which is replaced.
 */
import { Effect, Exit, Pool, Schema, type Scope } from "effect"
import { parentPort, Worker } from "node:worker_threads"
import { problem, problemLine } from "./problem.ts"

/** A job failed in its thread, or the thread was lost. */
export class WorkerError extends Schema.TaggedError<WorkerError>()(
  "WorkerError",
  problem(["JobFailed", "ThreadLost"])
) {
  override get message() {
    return problemLine(this)
  }
}

type Reply<A> =
  | { readonly id: number; readonly ok: true; readonly value: A }
  | { readonly id: number; readonly ok: false; readonly error: { readonly message: string; readonly cause: unknown } }

export interface WorkerPool<Job, A> {
  readonly run: (job: Job) => Effect.Effect<A, WorkerError>
}

export interface WorkerPoolOptions {
  /** Module that calls {@link serveJobs}. */
  readonly module: URL
  readonly size: number
}

const exec = <A>(worker: Worker, id: number, job: unknown) =>
  Effect.callback<Reply<A>, WorkerError>((resume) => {
    const off = () => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit)
    }
    const done = (result: Effect.Effect<Reply<A>, WorkerError>) => {
      off()
      resume(result)
    }
    const lost = (what: string, cause?: unknown) =>
      done(
        Effect.fail(
          new WorkerError({
            reason: "ThreadLost",
            where: "worker thread",
            what,
            hint: "run again with fewer workers if memory is short",
            ...(cause === undefined ? {} : { cause })
          })
        )
      )
    const onMessage = (reply: Reply<A>) => {
      if (reply.id === id) done(Effect.succeed(reply))
    }
    const onError = (cause: Error) => lost(cause.message, cause)
    const onExit = (code: number) => lost(`exited with code ${code}`)
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    worker.postMessage({ id, job })
    return Effect.sync(off)
  })

/** Threads start when first needed and end with the scope. Workspace sources are resolved as in the main thread. */
export const makeWorkerPool = <Job, A>(
  options: WorkerPoolOptions
): Effect.Effect<WorkerPool<Job, A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fromSource = options.module.pathname.endsWith(".ts")
    const start = Effect.sync(
      () => new Worker(options.module, fromSource ? { execArgv: ["--conditions=@moira/source"] } : {})
    )
    const pool = yield* Pool.makeWithTTL({
      acquire: Effect.acquireRelease(start, (worker) => Effect.promise(() => worker.terminate())),
      min: 0,
      max: options.size,
      timeToLive: "1 minute"
    })
    let nextId = 0
    return {
      run: Effect.fnUntraced(function* (job) {
        const worker = yield* Pool.get(pool)
        const reply = yield* exec<A>(worker, nextId++, job).pipe(
          Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Pool.invalidate(pool, worker)))
        )
        if (reply.ok) return reply.value
        return yield* new WorkerError({
          reason: "JobFailed",
          where: "worker thread",
          what: reply.error.message,
          hint: "this is a bug unless the message says otherwise",
          cause: reply.error.cause
        })
      }, Effect.scoped)
    }
  })

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
