/**
 * Runs tasks on plain worker threads: no Effect in a thread unless its task needs it, shared memory untouched, and an
 * interrupted or crashed job costs its thread, which is replaced.
 */
import { given } from "../given.ts"
import { Effect, Exit, Layer, Pool, Scope, Semaphore, Stream } from "effect"
import { Worker } from "node:worker_threads"
import type { Handed, Job, Reply } from "../node/job.ts"
import { callLookout, callsBytes } from "../plugin-calls.ts"
import { PluginSeconds, timedOutFault } from "../plugin-effect.ts"
import {
  jobFailed,
  preparedFor,
  runnerContract,
  RunnerError,
  type RunnerPlugin,
  type Task,
  type WorkRunner
} from "../runner.ts"
import { Runner } from "../runner-stage.ts"
import { throwingPlugin } from "../node/strangers.ts"
import { thrown } from "../thrown.ts"

type Limits = NonNullable<Task<never>["limits"]>

/** A thread and what it was handed last. */
interface Thread {
  readonly worker: Worker
  /** Where it notes which plug-in is at work. */
  readonly calls: SharedArrayBuffer
  handed: Handed | undefined
}

const where = "worker thread"

const lost = (what: string, cause?: unknown) => {
  // What a plug-in left running may throw when nobody waits for it.
  const plugin = throwingPlugin(cause)
  return new RunnerError({
    reason: "ThreadLost",
    where: plugin === undefined ? where : `${plugin.kind} (${plugin.module})`,
    what: plugin === undefined ? what : `throws ${String(cause).split("\n")[0]} outside of any call`,
    hint:
      plugin === undefined
        ? "run again with fewer workers if memory is short"
        : `the ${plugin.kind} is wrong: run it through the kit of its kind`,
    ...given({ cause })
  })
}

const badTask = (what: string, cause: unknown) =>
  new RunnerError({ reason: "BadTask", where, what, hint: "a task is the default export of its module", cause })

/** How often a thread at work is looked at for a plug-in that does not return. */
const lookMs = 500

/** Sends a job to a thread and waits for its answer, or until a call of a plug-in there has lasted too long. */
const exchange = ({ worker, calls }: Thread, job: Job, limitMs: number) =>
  Effect.callback<Reply, RunnerError>((resume) => {
    const look = callLookout(calls, limitMs)
    // Counted by looks: a computer that slept has not waited.
    const watch = setInterval(() => {
      const name = look(lookMs)
      if (name !== undefined) done(Effect.fail(jobFailed(where, thrown(timedOutFault(name, limitMs)))))
    }, lookMs)
    const off = () => {
      clearInterval(watch)
      worker.off("message", onMessage).off("error", onError).off("exit", onExit)
    }
    const done = (result: Effect.Effect<Reply, RunnerError>) => {
      off()
      resume(result)
    }
    const onMessage = (reply: Reply) => {
      if (reply.id === job.id) done(Effect.succeed(reply))
    }
    const onError = (cause: Error) => done(Effect.fail(lost(cause.message, cause)))
    const onExit = (code: number) => done(Effect.fail(lost(`exited with code ${code}`)))
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    try {
      worker.postMessage(job)
    } catch (error) {
      done(Effect.fail(jobFailed(where, thrown(error))))
    }
    return Effect.sync(off)
  })

/** Answers one input on a thread of the pool. */
const answerOn = Effect.fnUntraced(function* (pool: Pool.Pool<Thread>, id: number, handed: Handed, input: unknown) {
  const seconds = yield* PluginSeconds
  const thread = yield* Pool.get(pool)
  const news = thread.handed === handed ? {} : { handed }
  thread.handed = handed
  const reply = yield* exchange(thread, { id, input, ...news }, seconds * 1000).pipe(
    Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Pool.invalidate(pool, thread)))
  )
  if (reply.ok) return reply.value
  const { reason, error } = reply
  return yield* reason === "BadTask" ? badTask(error.message, error.cause) : jobFailed(where, error)
}, Effect.scoped)

/** Threads of these limits; workspace sources are resolved in them as in the main thread. */
const makePool = (workers: number, resourceLimits: Limits): Effect.Effect<Pool.Pool<Thread>, never, Scope.Scope> => {
  const entry = new URL(import.meta.resolve("@moira/core/worker"))
  const conditions = entry.pathname.endsWith(".ts") ? { execArgv: ["--conditions=@moira/source"] } : {}
  const start = Effect.sync((): Thread => {
    const calls = new SharedArrayBuffer(callsBytes)
    return {
      worker: new Worker(entry, { ...conditions, resourceLimits, workerData: { calls } }),
      calls,
      handed: undefined
    }
  })
  return Pool.makeWithTTL({
    acquire: Effect.acquireRelease(start, ({ worker }) => Effect.promise(() => worker.terminate())),
    min: 0,
    max: workers,
    timeToLive: "1 minute"
  })
}

const makeThreadRunner = Effect.fnUntraced(function* (workers: number) {
  const scope = yield* Effect.scope
  const pools = new Map<string, Pool.Pool<Thread>>()
  const oneAtATime = Semaphore.makeUnsafe(1)
  const poolOf = Effect.fnUntraced(function* (limits: Limits) {
    const key = JSON.stringify(limits)
    const pool = pools.get(key) ?? (yield* Effect.provideService(makePool(workers, limits), Scope.Scope, scope))
    pools.set(key, pool)
    return pool
  }, oneAtATime.withPermits(1))
  let nextId = 0
  const run = <I, S, O, E, R>(task: Task<I, S, O, E, R>, inputs: ReadonlyArray<I>) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const pool = yield* poolOf(task.limits ?? {})
        const handed: Handed = { module: task.module(), shared: yield* preparedFor(task, inputs) }
        const answer = ([key, input]: readonly [number, I]) =>
          answerOn(pool, nextId++, handed, input).pipe(
            Effect.map((value) => value as O),
            Effect.result,
            Effect.flatMap((outcome) =>
              outcome._tag === "Failure" && outcome.failure.reason === "BadTask"
                ? Effect.fail(outcome.failure)
                : Effect.succeed({ key, outcome })
            )
          )
        return Stream.fromIterable(inputs.entries()).pipe(
          Stream.mapEffect(answer, { concurrency: workers, unordered: true })
        )
      })
    )
  return { id: "threads", workers, run } satisfies WorkRunner
})

/**
 * Runs tasks on up to `workers` threads, which start when first needed and end with the layer. Tasks with limits of
 * their own have threads of their own.
 */
export const threadRunner = (workers: number): Layer.Layer<Runner> => Layer.effect(Runner, makeThreadRunner(workers))

export default { contract: runnerContract, id: "threads", make: makeThreadRunner } satisfies RunnerPlugin
