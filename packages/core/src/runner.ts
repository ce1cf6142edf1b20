/** The seam to execution: who computes the parts of a large piece of work, and where? */
import { Effect, Predicate, type Result, type Scope, type Stream } from "effect"
import { pluginKind } from "./plugin.ts"
import { taggedProblem } from "./problem.ts"
import type { Thrown } from "./thrown.ts"

/** A part failed, or whoever computed it was lost; `BadTask` where a module has no task to run at all. */
export class RunnerError extends taggedProblem("RunnerError", ["JobFailed", "ThreadLost", "BadTask"]) {}

/**
 * One kind of work, cut into inputs that do not depend on each other. A task is the default export of a module, so that
 * any thread and any machine can load it. Inputs, outputs and what is shared are plain data and typed arrays.
 */
export interface Task<I, S = undefined, O = unknown, E = never, R = never> {
  /** URL of the module; asked for only where the task is to run in another thread. */
  readonly module: () => string
  /** Made once a machine, before the first input, for all of them: {@link sharedBytes} are read by threads in place. */
  readonly prepare?: (inputs: ReadonlyArray<I>) => Effect.Effect<S, E, R>
  readonly run: (input: I, shared: S) => O | Promise<O>
  /** Whether a value that a runner brings may be what `run` gave; all are believed where left out. */
  readonly isAnswer?: (value: unknown) => boolean
  /** Of the heap of each thread that runs it, in MB; the engine's own where left out. */
  readonly limits?: { readonly maxYoungGenerationSizeMb?: number; readonly maxOldGenerationSizeMb?: number }
}

/** How one input ended. */
export interface Done<O> {
  /** Position of the input. */
  readonly key: number
  readonly outcome: Result.Result<O, RunnerError>
}

/** A runner at work. */
export interface WorkRunner {
  /** For people: `threads`. */
  readonly id: string
  /** Inputs that are computed at a time. */
  readonly workers: number
  /**
   * Gives one outcome for each input, as they end. Inputs are begun in their order, and one that fails does not stop the
   * rest. The stream itself fails with what `prepare` failed with, or where nothing can be run. Whoever stops reading it
   * stops the work.
   */
  readonly run: <I, S, O, E, R>(
    task: Task<I, S, O, E, R>,
    inputs: ReadonlyArray<I>
  ) => Stream.Stream<Done<O>, RunnerError | E, R>
}

export const runnerContract = "runner/v1"

/** A runner as a plug-in. */
export interface RunnerPlugin {
  readonly contract: typeof runnerContract
  /** For people: `threads`. */
  readonly id: string
  /**
   * Starts one that computes up to so many inputs at a time; one that cannot says fewer. What it holds, such as threads and
   * connections, is released with the scope.
   */
  readonly make: (workers: number) => Effect.Effect<WorkRunner, RunnerError, Scope.Scope>
}

/** Finds runners by built-in name, package or path. */
export const runnerKind = pluginKind<RunnerPlugin>({
  name: "runner",
  contract: runnerContract,
  home: "@moira/core/runners",
  from: import.meta.url,
  is: (value): value is RunnerPlugin =>
    Predicate.hasProperty(value, "contract") &&
    value.contract === runnerContract &&
    Predicate.hasProperty(value, "make") &&
    typeof value.make === "function"
})

/** What a task threw, told in its own words. */
export const jobFailed = (where: string, { message, cause }: Thrown): RunnerError =>
  new RunnerError({
    reason: "JobFailed",
    where,
    what: message,
    hint: "this is a bug unless the message says otherwise",
    cause
  })

/** What a task's `prepare` makes of the inputs; nothing where it has none, or nothing to do. */
export const preparedFor = <I, S, O, E, R>(
  task: Task<I, S, O, E, R>,
  inputs: ReadonlyArray<I>
): Effect.Effect<S, E, R> =>
  task.prepare === undefined || inputs.length === 0 ? Effect.succeed(undefined as S) : task.prepare(inputs)
