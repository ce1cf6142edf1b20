/**
 * A pool of plain worker threads for compute kernels: no Effect inside the thread, shared memory untouched, and an
 * interrupted or crashed job costs its thread, which is replaced.
 */
import { Effect, Exit, Pool, Schema, type Scope } from "effect"
import { type ResourceLimits, Worker } from "node:worker_threads"
import { problem, problemLine } from "../problem.ts"
import type { Reply } from "./serve-jobs.ts"

/** A job failed in its thread, or the thread was lost. */
export class WorkerError extends Schema.TaggedError<WorkerError>()(
  "WorkerError",
  problem(["JobFailed", "ThreadLost"])
) {
  override get message() {
    return problemLine(this)
  }
}

export interface WorkerPool<Job, A> {
  readonly run: (job: Job) => Effect.Effect<A, WorkerError>
}

export interface WorkerPoolOptions {
  /** Module that calls {@link serveJobs}. */
  readonly module: URL
  readonly size: number
  /** Of each thread's heap; Node's own where left out. */
  readonly resourceLimits?: ResourceLimits
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
    const { resourceLimits = {} } = options
    const execArgv = fromSource ? { execArgv: ["--conditions=@moira/source"] } : {}
    const start = Effect.sync(() => new Worker(options.module, { ...execArgv, resourceLimits }))
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
