/** Runs points over the provided trace, by the runner that is provided. */
import { Progress, runAll, type RunnerError } from "@moira/core"
import type { RunResult } from "@moira/results"
import { Effect, Predicate, Result } from "effect"
import { SimulationError } from "../window/window.ts"
import type { ExperimentPoint } from "./point.ts"
import pointTask from "./point-task.ts"

/** What a point failed with in its own words, or how it was lost. */
export const pointFailed = (error: RunnerError): SimulationError => {
  const { cause } = error
  const text = (key: "where" | "what" | "hint"): string =>
    Predicate.hasProperty(cause, key) && typeof cause[key] === "string" ? cause[key] : error[key]
  return new SimulationError({ reason: "PointFailed", where: text("where"), what: text("what"), hint: text("hint") })
}

/** Results in the order of the points; where some fail, the error is that of the first of them. */
export const runPoints = Effect.fn("simulator.runPoints")(function* (points: ReadonlyArray<ExperimentPoint>) {
  const report = yield* Progress
  let done = 0
  return yield* runAll(pointTask, points, (outcome) =>
    Effect.fromResult(outcome).pipe(
      Effect.mapError(pointFailed),
      Effect.tap(() =>
        Effect.sync(() => report({ stage: "simulate", done: ++done, total: points.length, unit: "runs" }))
      )
    )
  )
})

/** Tells how one of many points ended, by its position. */
export type TellRun<E, R> = (
  outcome: Result.Result<RunResult, SimulationError>,
  index: number
) => Effect.Effect<void, E, R>

/**
 * Reads what all of these points need once, and gives what runs any of them: each is told as it ends, and one that fails
 * does not stop the rest.
 */
export const openRuns = Effect.fn("simulator.openRuns")(function* (all: ReadonlyArray<ExperimentPoint>) {
  const window = yield* pointTask.prepare!(all)
  const task = { ...pointTask, prepare: () => Effect.succeed(window) }
  return <E, R>(points: ReadonlyArray<ExperimentPoint>, tell: TellRun<E, R>) =>
    runAll(task, points, (outcome, index) => tell(Result.mapError(outcome, pointFailed), index))
})
