/** All outputs of a task, or the failure of its first input that fails, whatever the order they come in. */
import { Effect, Result, Stream } from "effect"
import { checkedOutcomes } from "./checked-runner.ts"
import type { RunnerError, Task } from "./runner.ts"
import { Runner } from "./runner-stage.ts"

/**
 * Runs every input with the runner that is provided; `settle` makes a value or an error of each outcome, as it comes.
 * Values are in the order of the inputs. Where some fail, the error is that of the first of them, whatever the number of
 * workers: inputs before it are still computed, those after it are stopped.
 */
export const runAll = Effect.fnUntraced(function* <I, S, O, E, R, A, E2, R2>(
  task: Task<I, S, O, E, R>,
  inputs: ReadonlyArray<I>,
  settle: (outcome: Result.Result<O, RunnerError>, key: number) => Effect.Effect<A, E2, R2>
) {
  const runner = yield* Runner
  const values: Array<A> = []
  const ended = new Uint8Array(inputs.length)
  /** Every input before this one has ended. */
  let through = 0
  let first: { readonly key: number; readonly error: E2 } | undefined
  yield* checkedOutcomes(runner, task, inputs).pipe(
    Stream.mapEffect(({ key, outcome }) =>
      Effect.map(Effect.result(settle(outcome, key)), (settled) => {
        ended[key] = 1
        if (Result.isSuccess(settled)) values[key] = settled.success
        else if (first === undefined || key < first.key) first = { key, error: settled.failure }
        while (ended[through] === 1) through++
        return first !== undefined && first.key < through
      })
    ),
    Stream.takeUntil((known) => known),
    Stream.runDrain
  )
  if (first !== undefined) return yield* Effect.fail(first.error)
  return values
})
