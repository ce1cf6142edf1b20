/** The contract of runners as a list of named checks, so that the kit itself can be tested on broken ones. */
import { assert } from "@effect/vitest"
import { type Duration, Effect, Exit, Result, Scope, Stream } from "effect"
import { startRunner } from "../checked-runner.ts"
import { type Done, type RunnerError, runnerKind, type RunnerPlugin } from "../runner.ts"
import { Runner } from "../runner-stage.ts"
import type { Check } from "./check.ts"
import trialTask, { type Trial, type TrialError, type TrialOutput } from "./trial-task.ts"

const square = (n: number, sleepMs = 0): Trial => ({ act: "square", n, sleepMs })
const squares = (count: number, sleepMs = 0) => Array.from({ length: count }, (_, n) => square(n, sleepMs))

type Outcomes = Stream.Stream<Done<TrialOutput>, RunnerError | TrialError>

const outcomes = (trials: ReadonlyArray<Trial>): Effect.Effect<Outcomes, never, Runner> =>
  Runner.use((runner) => Effect.succeed(runner.run(trialTask, trials)))

/** Outcomes in the order of their keys, of which every input must have its own. */
const collect = Effect.fnUntraced(function* (trials: ReadonlyArray<Trial>) {
  const done = yield* Stream.runCollect(yield* outcomes(trials))
  const sorted = [...done].toSorted((a, b) => a.key - b.key)
  assert.deepStrictEqual(
    sorted.map(({ key }) => key),
    [...trials.keys()],
    "one outcome for each input"
  )
  return sorted.map(({ outcome }) => outcome)
})

/** As {@link collect}, where nothing is to fail. */
const outputs = (trials: ReadonlyArray<Trial>) =>
  Effect.map(collect(trials), (all) => all.map((outcome) => Result.getOrThrow(outcome)))

const expectSquares = Effect.fnUntraced(function* (trials: ReadonlyArray<Trial>) {
  const all = yield* outputs(trials)
  assert.deepStrictEqual(
    all.map((output) => output.square),
    trials.map(({ n }) => n * n)
  )
  return all
})

const failureOf = (outcome: Result.Result<unknown, RunnerError> | undefined): RunnerError => {
  assert(outcome !== undefined && Result.isFailure(outcome), "it is to fail")
  return outcome.failure
}

const rules: ReadonlyArray<{ readonly name: string; readonly run: Effect.Effect<void, unknown, Runner> }> = [
  { name: "gives nothing for no inputs", run: Effect.asVoid(expectSquares([])) },
  {
    name: "gives each input its own outcome, whatever the time each takes",
    run: Effect.asVoid(expectSquares([square(7, 200), square(3, 50), ...squares(20), square(3, 100), square(3)]))
  },
  {
    name: "goes on after an input that fails",
    run: Effect.gen(function* () {
      const all = yield* collect([square(1), { act: "throw", n: 9 }, ...squares(6), { act: "throwTyped", n: 4 }])
      assert.deepStrictEqual(
        all.map((outcome) => (Result.isSuccess(outcome) ? outcome.success.square : "failed")),
        [1, "failed", 0, 1, 4, 9, 16, 25, "failed"]
      )
    })
  },
  {
    name: "keeps an error's message and its text fields",
    run: Effect.gen(function* () {
      const [plain, typed] = yield* collect([
        { act: "throw", n: 9 },
        { act: "throwTyped", n: 4 }
      ])
      const [one, other] = [failureOf(plain), failureOf(typed)]
      assert.deepStrictEqual([one.reason, one.what], ["JobFailed", "9 is out of range"])
      assert.include(one.cause, { name: "RangeError" })
      assert.strictEqual(other.what, "trial 4: it is to fail; hint: leave it out")
      assert.include(other.cause, { _tag: "TrialError", reason: "Spoilt", where: "trial 4", hint: "leave it out" })
    })
  },
  {
    name: "prepares once a machine, for all inputs",
    run: Effect.gen(function* () {
      const all = yield* outputs(squares(12))
      assert.strictEqual(new Set(all.map(({ token }) => token)).size, 1)
      for (const { inputs } of all) assert.strictEqual(inputs, 12)
    })
  },
  {
    name: "fails as `prepare` does",
    run: Effect.gen(function* () {
      const error = yield* Effect.flip(collect([square(1), { act: "refuse", n: 2 }]))
      assert.include(error, { _tag: "TrialError", reason: "Refused", where: "trial 2" })
    })
  },
  {
    name: "runs no more inputs at a time than it says",
    run: Effect.gen(function* () {
      const { workers } = yield* Runner
      for (const { atOnce } of yield* outputs(squares(8, 20))) assert.isAtMost(atOnce, workers)
    })
  },
  {
    name: "gives outcomes while others are still computed",
    run: Effect.gen(function* () {
      const stream = yield* outcomes([square(5), { act: "wait", n: 0 }])
      const [first] = yield* Stream.runCollect(Stream.take(stream, 1))
      assert.strictEqual(first?.key, 0)
    })
  },
  {
    name: "works on after an interrupt",
    run: Effect.gen(function* () {
      const waiting = collect(Array.from({ length: 4 }, () => ({ act: "wait", n: 0 }) as const))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.timeout(waiting, "300 millis"))))
      yield* expectSquares(squares(8))
    })
  },
  {
    name: "keeps what two pieces of work share apart",
    run: Effect.gen(function* () {
      const both = yield* Effect.all([outputs(squares(6, 20)), outputs(squares(8, 15))], { concurrency: 2 })
      const tokens = both.map((all) => new Set(all.map(({ token }) => token)))
      assert.deepStrictEqual(
        tokens.map(({ size }) => size),
        [1, 1]
      )
      assert.notDeepEqual(tokens[0], tokens[1])
      assert.deepStrictEqual(
        both.map((all) => all[0]!.inputs),
        [6, 8]
      )
    })
  }
]

/** Rules about starting and ending, of the plug-in itself. */
const lifetimes: ReadonlyArray<{
  readonly name: string
  readonly run: (plugin: RunnerPlugin, workers: number) => Effect.Effect<void, unknown>
}> = [
  {
    name: "speaks this contract",
    run: (plugin) =>
      Effect.sync(() => {
        assert.isTrue(runnerKind.is(plugin), `no ${runnerKind.contract}`)
        assert.match(plugin.id, /\S/, "it has no name")
      })
  },
  {
    name: "has a worker, and no more than it is asked for",
    run: (plugin, workers) =>
      Effect.scoped(
        Effect.map(startRunner(plugin, workers), (runner) => {
          assert.isTrue(Number.isSafeInteger(runner.workers) && runner.workers > 0, `${runner.workers} workers`)
          assert.isAtMost(runner.workers, workers)
        })
      )
  },
  {
    name: "goes on when another that it started ends",
    run: Effect.fnUntraced(function* (plugin, workers) {
      const [one, other] = [yield* Scope.make(), yield* Scope.make()]
      const first = yield* Scope.provide(startRunner(plugin, workers), one)
      const second = yield* Scope.provide(startRunner(plugin, workers), other)
      for (const runner of [first, second]) yield* Effect.provideService(expectSquares(squares(3)), Runner, runner)
      yield* Scope.close(one, Exit.void)
      yield* Effect.provideService(expectSquares(squares(3)), Runner, second)
      yield* Scope.close(other, Exit.void)
    })
  }
]

/** All checks of the contract for a runner with up to so many workers; each must end within `limit`. */
export const runnerChecks = (
  plugin: RunnerPlugin,
  workers: number,
  limit: Duration.Input = "50 seconds"
): ReadonlyArray<Check> => {
  const all = [
    ...lifetimes.map(({ name, run }) => ({ name, run: run(plugin, workers) })),
    ...rules.map(({ name, run }) => ({ name, run: Effect.provide(run, Runner.started(plugin, workers)) }))
  ]
  return all.map(({ name, run }) => ({ name, run: Effect.timeout(run, limit) }))
}
