/** Steps of one window under several layouts, one after the other or over the runner that is provided. */
import { runAll, Runner } from "@moira/core"
import { type DecodeWindow, pointFailed } from "@moira/simulator"
import { Effect, Option } from "effect"
import stepTask, { type StepJob, type StepShared } from "./step-task.ts"
import { stepRun, type StepRun, type StepSetting } from "./step-times.ts"

/** Selections and pairs of units that are looked at, below which threads take longer to start than to run: some seconds of them. */
export const inlineBelow = 3e8

/** What runs look at: each layer step at its selections, and at all pairs of units. */
export const lookedAt = (
  window: Pick<DecodeWindow, "model" | "layers" | "steps">,
  jobs: number,
  { hardware, batchTokens, steps }: StepSetting
): number => {
  const units = hardware.machine.nodes.filter(({ kind }) => kind === "compute").length
  return jobs * window.layers.length * Math.min(steps, window.steps) * (batchTokens * window.model.topK + units ** 2)
}

/** A run of each job, in order; the same for any runner. `least` as {@link inlineBelow}. */
export const runSteps = Effect.fn("pipeline.runSteps")(function* (
  window: DecodeWindow,
  jobs: ReadonlyArray<StepJob>,
  setting: StepSetting,
  least = inlineBelow
) {
  const runner = Option.getOrUndefined(yield* Effect.serviceOption(Runner))
  const { named, batchTokens, steps } = setting
  const away = runner !== undefined && runner.workers > 1 && lookedAt(window, jobs.length, setting) >= least
  if (!away || named === undefined) {
    const runs: Array<StepRun> = []
    for (const { layout, tokenTraffic } of jobs) {
      runs.push(yield* stepRun(window, layout, setting, tokenTraffic))
      yield* Effect.yieldNow
    }
    return runs
  }
  const shared: StepShared = { window, named, batchTokens, steps }
  const task = { ...stepTask, prepare: () => Effect.succeed(shared) }
  return yield* runAll(task, jobs, (outcome) => Effect.mapError(Effect.fromResult(outcome), pointFailed)).pipe(
    Effect.provideService(Runner, runner)
  )
})
