/** Runs inputs one after the other in this thread. */
import { Effect, Layer, Stream } from "effect"
import { jobFailed, preparedFor, runnerContract, type RunnerPlugin, type WorkRunner } from "../runner.ts"
import { Runner } from "../runner-stage.ts"
import { thrown } from "../thrown.ts"

const inline: WorkRunner = {
  id: "inline",
  workers: 1,
  run: (task, inputs) =>
    Stream.unwrap(
      Effect.map(preparedFor(task, inputs), (shared) =>
        Stream.fromIterable(inputs.entries()).pipe(
          Stream.mapEffect(([key, input]) =>
            Effect.tryPromise({
              try: async () => task.run(input, shared),
              catch: (error) => jobFailed("this thread", thrown(error))
            }).pipe(
              Effect.result,
              Effect.map((outcome) => ({ key, outcome }))
            )
          )
        )
      )
    )
}

/** Runs inputs one after the other in this thread. */
export const inlineRunner: Layer.Layer<Runner> = Layer.succeed(Runner, inline)

export default { contract: runnerContract, id: "inline", make: () => Effect.succeed(inline) } satisfies RunnerPlugin
