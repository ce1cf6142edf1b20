/** The contract of runners: the built-in ones keep it, and the kit refuses broken ones. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result, Stream } from "effect"
import { type Done, RunnerError, runnerKind, type RunnerPlugin, type Task, type WorkRunner } from "../src/runner.ts"
import inlinePlugin from "../src/runners/inline.ts"
import { builtinPlugins } from "../src/testing/builtins.ts"
import { runnerChecks } from "../src/testing/runner-checks.ts"
import { runnerConformance } from "../src/testing/runner-conformance.ts"
import { thrown } from "../src/thrown.ts"

// A thread imports all of Effect before its first trial.
for (const { plugin } of await Effect.runPromise(builtinPlugins(runnerKind))) runnerConformance(plugin)

type Inputs<I> = ReadonlyArray<I>

/** A runner that does with the inline one's work what `run` says. */
const broken = (change: (inline: WorkRunner) => WorkRunner): RunnerPlugin => ({
  ...inlinePlugin,
  make: () => Effect.map(inlinePlugin.make(), change)
})

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

/** Ends all that it started with the first that ends. */
const oneForAll = (): RunnerPlugin => {
  let over = false
  const end = Effect.sync(() => {
    over = true
  })
  return {
    ...inlinePlugin,
    make: () =>
      Effect.map(
        Effect.acquireRelease(inlinePlugin.make(), () => end),
        (inline) => ({
          ...inline,
          run: (task, inputs) => (over ? Stream.empty : inline.run(task, inputs))
        })
      )
  }
}

let stuck = false

const mutants: ReadonlyArray<readonly [what: string, fails: string, plugin: RunnerPlugin]> = [
  ["speaks another contract", "speaks this contract", { ...inlinePlugin, contract: "runner/v0" as "runner/v1" }],
  ["has no name", "speaks this contract", { ...inlinePlugin, id: "" }],
  ["has no workers", "has a worker", broken((inline) => ({ ...inline, workers: 0 }))],
  ["has more workers than asked for", "has a worker", broken((inline) => ({ ...inline, workers: 9 }))],
  ["ends with another", "goes on when another", oneForAll()],
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
  for (const [what, fails, plugin] of mutants) {
    it.live(what, () =>
      Effect.gen(function* () {
        const check = runnerChecks(plugin, 2, "2 seconds").find(({ name }) => name.startsWith(fails))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(check!.run)))
      })
    )
  }
})

it("of what is thrown its text is left, and of an error its text fields", () => {
  assert.deepStrictEqual(thrown("no"), { message: "no", cause: "no" })
  const { message, cause } = thrown(Object.assign(new RangeError("far"), { code: "E1", at: 3 }))
  assert.strictEqual(message, "far")
  assert.include(cause, { name: "RangeError", code: "E1" })
  assert.notProperty(cause, "at")
})
