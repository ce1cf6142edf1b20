/** The contract of runners: the inline one keeps it, and the kit refuses broken ones. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Result, Stream } from "effect"
import { runAll } from "../src/run-all.ts"
import { type Done, inlineRunner, Runner, RunnerError, type Task, type WorkRunner } from "../src/runner.ts"
import { runnerChecks } from "../src/testing/runner-checks.ts"
import { runnerConformance } from "../src/testing/runner-conformance.ts"
import trialTask, { type Trial } from "../src/testing/trial-task.ts"
import { thrown } from "../src/thrown.ts"

runnerConformance("inline", inlineRunner)

type Inputs<I> = ReadonlyArray<I>

/** A runner that does with the inline one's work what `run` says. */
const broken = (make: (inline: WorkRunner) => WorkRunner): Layer.Layer<Runner> =>
  Layer.effect(Runner, Effect.map(Runner, make)).pipe(Layer.provide(inlineRunner))

/** A runner that gives other outcomes than the inline one. */
const changed = (
  change: <O, E, R>(stream: Stream.Stream<Done<O>, E, R>, inputs: number) => Stream.Stream<Done<O>, E, R>
) => broken((inline) => ({ ...inline, run: (task, inputs) => change(inline.run(task, inputs), inputs.length) }))

/** All inputs at once. */
const crowd = <I, S, O, E, R>(task: Task<I, S, O, E, R>, inputs: Inputs<I>) =>
  Stream.unwrap(
    Effect.map(task.prepare!(inputs), (shared) =>
      Stream.fromIterable(inputs.entries()).pipe(
        Stream.mapEffect(
          ([key, input]) =>
            Effect.map(Effect.result(Effect.promise(async () => task.run(input, shared))), (outcome) => ({
              key,
              outcome
            })),
          { concurrency: "unbounded", unordered: true }
        )
      )
    )
  )

let stuck = false

const mutants: ReadonlyArray<readonly [what: string, fails: string, layer: Layer.Layer<Runner>]> = [
  [
    "speaks another contract",
    "speaks this contract",
    broken((inline) => ({ ...inline, contract: "runner/v0" as "runner/v1" }))
  ],
  ["has no workers", "speaks this contract", broken((inline) => ({ ...inline, workers: 0 }))],
  ["loses the last outcome", "gives each input its own", changed((stream, inputs) => Stream.take(stream, inputs - 1))],
  [
    "gives outcomes twice",
    "gives each input its own",
    changed((stream) => Stream.flatMap(stream, (done) => Stream.make(done, done)))
  ],
  [
    "mixes up keys",
    "gives each input its own",
    changed((stream, inputs) => Stream.map(stream, ({ key, outcome }) => ({ key: inputs - 1 - key, outcome })))
  ],
  [
    "stops at the first failure",
    "goes on after",
    changed((stream) => Stream.takeUntil(stream, ({ outcome }) => Result.isFailure(outcome)))
  ],
  [
    "leaves out failures",
    "goes on after",
    changed((stream) => Stream.filter(stream, ({ outcome }) => Result.isSuccess(outcome)))
  ],
  [
    "keeps no more than an error's message",
    "keeps an error's message",
    changed((stream) =>
      Stream.map(stream, ({ key, outcome }) => ({
        key,
        outcome: Result.mapError(
          outcome,
          ({ reason, where, what, hint }) => new RunnerError({ reason, where, what, hint })
        )
      }))
    )
  ],
  [
    "prepares for each input",
    "prepares once",
    broken((inline) => ({
      ...inline,
      run: (task, inputs) =>
        Stream.flatMap(Stream.fromIterable(inputs.entries()), ([key, input]) =>
          Stream.map(inline.run(task, [input]), ({ outcome }) => ({ key, outcome }))
        )
    }))
  ],
  [
    "takes a failed `prepare` for no work",
    "fails as `prepare`",
    changed((stream) => Stream.catch(stream, () => Stream.empty))
  ],
  ["runs all inputs at once", "runs no more inputs", broken((inline) => ({ ...inline, run: crowd }))],
  [
    "waits for all before it gives one",
    "gives outcomes while",
    changed((stream) => Stream.unwrap(Effect.map(Stream.runCollect(stream), (all) => Stream.fromIterable(all))))
  ],
  [
    "never works again after an interrupt",
    "works on after",
    changed((stream) =>
      stuck
        ? Stream.never
        : Stream.onExit(stream, (exit) =>
            Effect.sync(() => {
              stuck = !Exit.isSuccess(exit)
            })
          )
    )
  ],
  [
    "shares what it prepared last with all",
    "keeps what two",
    broken((inline) => {
      let last: unknown
      const run: WorkRunner["run"] = (task, inputs) =>
        inline.run(
          {
            module: task.module,
            prepare: (all) =>
              Effect.map(task.prepare!(all), (shared) => {
                last = shared
                return shared
              }),
            run: (input) => task.run(input, last as never)
          },
          inputs
        )
      return { ...inline, run }
    })
  ]
]

describe("the kit refuses a runner that", () => {
  for (const [what, fails, layer] of mutants) {
    it.live(what, () =>
      Effect.gen(function* () {
        const check = runnerChecks(layer, "2 seconds").find(({ name }) => name.startsWith(fails))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(check!.run)))
      })
    )
  }
})

const failed = Effect.fnUntraced(function* (trials: ReadonlyArray<Trial>, begun: Array<number>) {
  const settle = (outcome: Result.Result<{ readonly square: number }, RunnerError>, key: number) => {
    begun.push(key)
    return Effect.fromResult(outcome)
  }
  return yield* Effect.flip(runAll(trialTask, trials, settle))
})

it.live("the first input that fails decides, once those before it have ended; what follows is not begun", () =>
  Effect.gen(function* () {
    const bad = (n: number): Trial => ({ act: "throw", n })
    const good: Trial = { act: "square", n: 1 }
    const begun: Array<number> = []
    assert.include((yield* failed([good, bad(1), bad(2), good], begun)).message, "1 is out of range")
    assert.deepStrictEqual(begun, [0, 1])
  }).pipe(Effect.provide(inlineRunner))
)

/** Gives the outcomes of inputs in the order of `keys`, as threads may. */
const inOrderOf = (keys: ReadonlyArray<number>): Layer.Layer<Runner> =>
  changed((stream) =>
    Stream.unwrap(
      Effect.map(Stream.runCollect(stream), (all) =>
        Stream.fromIterable(keys.map((key) => all.find((one) => one.key === key)!))
      )
    )
  )

it.live("outcomes in any order are the same values, and the same failure", () =>
  Effect.gen(function* () {
    const trials = Array.from({ length: 5 }, (_, n): Trial => ({ act: n === 2 || n === 4 ? "throw" : "square", n }))
    const begun: Array<number> = []
    const error = yield* failed(trials, begun).pipe(Effect.provide(inOrderOf([4, 1, 0, 3, 2])))
    assert.include(error.message, "2 is out of range")
    const values = runAll(
      trialTask,
      trials.filter(({ act }) => act === "square"),
      (outcome) => Effect.map(Effect.fromResult(outcome), ({ square }) => square)
    )
    assert.deepStrictEqual(yield* values.pipe(Effect.provide(inOrderOf([2, 0, 1]))), [0, 1, 9])
  })
)

it.live("a runner that forgets an input is told", () =>
  Effect.gen(function* () {
    const run = runAll(trialTask, [{ act: "square", n: 1 }], Effect.fromResult)
    const exit = yield* Effect.exit(run.pipe(Effect.provide(changed(() => Stream.empty))))
    assert.include(String(exit), "runner inline gave no outcome for input 0 of 1")
  })
)

it("of what is thrown its text is left, and of an error its text fields", () => {
  assert.deepStrictEqual(thrown("no"), { message: "no", cause: "no" })
  const { message, cause } = thrown(Object.assign(new RangeError("far"), { code: "E1", at: 3 }))
  assert.strictEqual(message, "far")
  assert.include(cause, { name: "RangeError", code: "E1" })
  assert.notProperty(cause, "at")
})
