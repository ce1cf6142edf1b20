/** Steps of many draws under the same layouts, one after the other or over the runner that is provided. */
import { Progress, runAll, Runner } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { pointFailed } from "@moira/simulator"
import { Effect, Option } from "effect"
import drawTask, { type DrawShared, drawTimes } from "./draw-task.ts"
import { drawnStepCount, type Redraw } from "./redraw.ts"
import { inlineBelow, lookedAt } from "./run-steps.ts"
import type { StepSetting } from "./step-times.ts"

/** Layer steps' times by draw, then layout, in picoseconds; the same for any runner. `least` as {@link inlineBelow}. */
export const runDraws = Effect.fn("pipeline.runDraws")(function* (
  again: Redraw,
  draws: number,
  layouts: ReadonlyArray<Placement>,
  { hardware, named }: Pick<StepSetting, "hardware" | "named">,
  least = inlineBelow
) {
  const report = yield* Progress
  const runner = Option.getOrUndefined(yield* Effect.serviceOption(Runner))
  let done = 0
  const tell = Effect.sync(() => report({ stage: "draw requests again", done: ++done, total: draws, unit: "draws" }))
  const { model, layers } = again.from === "requests" ? again.window : again
  const setting = { hardware, batchTokens: again.batchTokens, steps: drawnStepCount }
  const work = lookedAt({ model, layers, steps: drawnStepCount }, draws * layouts.length, setting)
  if (runner === undefined || runner.workers < 2 || named === undefined || work < least)
    return yield* Effect.forEach(Array.from({ length: draws }).keys(), (draw) =>
      Effect.tap(drawTimes(again, draw, layouts, hardware), tell)
    )
  const shared: DrawShared = { again, layouts, named }
  const task = { ...drawTask, prepare: () => Effect.succeed(shared) }
  return yield* runAll(task, [...Array.from({ length: draws }).keys()], (outcome) =>
    Effect.fromResult(outcome).pipe(Effect.mapError(pointFailed), Effect.tap(tell))
  ).pipe(Effect.provideService(Runner, runner))
})
