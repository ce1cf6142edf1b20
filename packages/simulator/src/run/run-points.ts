/** Runs points over the provided trace, by the runner that is provided. */
import { Progress, runAll, type RunnerError } from "@moira/core"
import { Effect, Predicate } from "effect"
import { SimulationError } from "../window/window.ts"
import type { ExperimentPoint } from "./point.ts"
import pointTask from "./point-task.ts"

/** What a point failed with in its own words, or how it was lost. */
const pointFailed = (error: RunnerError): SimulationError => {
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
