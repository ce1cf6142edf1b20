/** Runners with the checks of their contract: one that throws, or loses an outcome, is told in one line that names it. */
import { Effect, Predicate, Result, type Scope, Stream } from "effect"
import {
  type Called,
  importedFrom,
  moduleOf,
  type PluginFault,
  pluginFault,
  shown,
  threw,
  type WrongAnswer
} from "./plugin-fault.ts"
import type { Done, RunnerError, RunnerPlugin, Task, WorkRunner } from "./runner.ts"

const called = (plugin: { readonly id: string }): Called => ({
  kind: "runner",
  plugin,
  kit: "runnerConformance of @moira/core/testing"
})

/** Why a value is no runner at work, or undefined. */
const notAtWork = (runner: unknown): WrongAnswer | undefined => {
  if (!Predicate.hasProperty(runner, "run") || typeof runner.run !== "function")
    return { reason: "WrongShape", what: `gives ${shown(runner)} for a runner at work` }
  const workers = Predicate.hasProperty(runner, "workers") ? runner.workers : undefined
  return Number.isSafeInteger(workers) && Number(workers) > 0
    ? undefined
    : { reason: "OutOfRange", what: `says that it has ${shown(workers)} workers` }
}

/** Starts a runner; it ends with the scope. */
export const startRunner = (
  plugin: RunnerPlugin,
  workers: number
): Effect.Effect<WorkRunner, RunnerError | PluginFault, Scope.Scope> =>
  Effect.suspend((): ReturnType<RunnerPlugin["make"]> => {
    const making: unknown = plugin.make(workers)
    if (Effect.isEffect(making)) return making as ReturnType<RunnerPlugin["make"]>
    throw pluginFault(called(plugin), "", { reason: "WrongShape", what: `gives ${shown(making)}, not an effect` })
  }).pipe(
    Effect.catchDefect((defect) => Effect.fail(threw(called(plugin), "", defect))),
    Effect.mapError((error) => (isRefusal(error) ? error : threw(called(plugin), "", error))),
    Effect.flatMap((runner) => {
      const wrong = notAtWork(runner)
      if (wrong !== undefined) return Effect.fail(pluginFault(called(plugin), "", wrong))
      const module = moduleOf(plugin)
      return Effect.succeed(module === undefined ? runner : importedFrom(runner, module))
    })
  )

/** Whether an error is one that a runner may fail with; a runner from outside may have it of another copy of this package. */
const isRefusal = (error: unknown): boolean =>
  Predicate.isTagged(error, "RunnerError") || Predicate.isTagged(error, "PluginFault")

/** What is wrong with an outcome, or undefined; `ended` says which inputs had theirs already. */
const wrongDone = (
  done: unknown,
  ended: Uint8Array,
  isAnswer: (value: unknown) => boolean
): WrongAnswer | undefined => {
  if (!Predicate.hasProperty(done, "key") || !Predicate.hasProperty(done, "outcome") || !Result.isResult(done.outcome))
    return { reason: "WrongShape", what: `gives ${shown(done)} for an outcome` }
  const { key } = done
  const of = `of ${ended.length} inputs`
  if (typeof key !== "number" || ended[key] === undefined)
    return { reason: "OutOfRange", what: `gives an outcome for input ${shown(key)} ${of}` }
  if (ended[key] === 1) return { reason: "WrongShape", what: `gives input ${key} ${of} a second outcome` }
  const { outcome } = done
  if (Result.isFailure(outcome))
    return isRefusal(outcome.failure)
      ? undefined
      : { reason: "WrongShape", what: `gives ${shown(outcome.failure)} for the failure of input ${key} ${of}` }
  return isAnswer(outcome.success)
    ? undefined
    : { reason: "WrongShape", what: `gives ${shown(outcome.success)} for the answer to input ${key} ${of}` }
}

/** The outcomes that a runner gives, each input its own; once all is said, one that is missing is the runner's fault. */
export const checkedOutcomes = <I, S, O, E, R>(
  runner: WorkRunner,
  task: Task<I, S, O, E, R>,
  inputs: ReadonlyArray<I>
): Stream.Stream<Done<O>, RunnerError | PluginFault | E, R> => {
  const plugin = called(runner)
  const ended = new Uint8Array(inputs.length)
  /** Failures and defects of the task, which the runner only passes on. */
  const own = new Set<unknown>()
  const { prepare, isAnswer = () => true } = task
  const note = (error: unknown) => Effect.sync(() => own.add(error))
  const noted: Task<I, S, O, E, R> =
    prepare === undefined
      ? task
      : {
          ...task,
          prepare: (all) => Effect.suspend(() => prepare(all)).pipe(Effect.tapError(note), Effect.tapDefect(note))
        }
  const outcomes = Stream.suspend(() => runner.run(noted, inputs)).pipe(
    Stream.catchDefect((defect) => (own.has(defect) ? Stream.die(defect) : Stream.fail(threw(plugin, "", defect)))),
    Stream.mapError((error) => (own.has(error) || isRefusal(error) ? error : threw(plugin, "", error))),
    Stream.mapEffect((done) => {
      const wrong = wrongDone(done, ended, isAnswer)
      if (wrong !== undefined) return Effect.fail(pluginFault(plugin, "", wrong))
      ended[done.key] = 1
      return Effect.succeed(done)
    })
  )
  const missing = Stream.suspend(() => {
    const key = ended.indexOf(0)
    if (key === -1) return Stream.empty
    const what = `gives no outcome for input ${key} of ${inputs.length}`
    return Stream.fail(pluginFault(plugin, "", { reason: "WrongShape", what }))
  })
  return Stream.concat(outcomes, missing)
}
