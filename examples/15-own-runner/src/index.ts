/**
 * Key concept: all parallel work is a task run by a runner, so that one file moves it elsewhere.
 *
 * [1] inputs do not depend on each other; outcomes may come in any order, each with the position of its input.
 * [2] an input that fails is an outcome, and the rest goes on.
 * [3] it is started with the workers that are asked for, and may have fewer. One with threads or connections acquires them here
 *     and lets them go with the scope.
 */
import { preparedFor, RunnerError, type RunnerPlugin, type WorkRunner } from "@moira/core"
import { Effect, Stream } from "effect"

/** Runs one input after the other in this thread, and lets others go first before each: a runner that is in no hurry. */
const runner: WorkRunner = {
  id: "own-runner",
  workers: 1,
  run: (task, inputs) =>
    Stream.unwrap(
      Effect.map(preparedFor(task, inputs), (shared) =>
        Stream.fromIterable(inputs.entries()).pipe(
          Stream.mapEffect(([key, input]) =>
            Effect.tryPromise({
              try: async () => task.run(input, shared),
              catch: (cause) =>
                new RunnerError({
                  reason: "JobFailed",
                  where: "own-runner",
                  what: cause instanceof Error ? cause.message : String(cause),
                  hint: "see the cause",
                  cause
                })
            }).pipe(
              Effect.delay("1 millis"),
              Effect.result, // [2]
              Effect.map((outcome) => ({ key, outcome })) // [1]
            )
          )
        )
      )
    )
}

const plugin: RunnerPlugin = {
  contract: "runner/v1",
  id: "own-runner",
  make: () => Effect.succeed(runner) // [3]
}

export default plugin
