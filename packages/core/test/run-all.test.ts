/** All outputs of a task by any runner; one that is wrong is told in a line that names it. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Result, Stream } from "effect"
import { importedFrom } from "../src/plugin-fault.ts"
import { nodePlugins } from "../src/node/plugins.ts"
import { runAll } from "../src/run-all.ts"
import { type Done, RunnerError, runnerContract, type RunnerPlugin, type WorkRunner } from "../src/runner.ts"
import { Runner } from "../src/runner-stage.ts"
import { inlineRunner } from "../src/runners/inline.ts"
import trialTask, { type Trial } from "../src/testing/trial-task.ts"

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

/** A runner that gives what `change` makes of the inline one's outcomes. */
const changed = (
  change: <O, E, R>(stream: Stream.Stream<Done<O>, E, R>, inputs: number) => Stream.Stream<Done<O>, E, R>
): Layer.Layer<Runner> =>
  Layer.effect(
    Runner,
    Effect.map(Runner, (inline): WorkRunner => ({
      ...inline,
      run: (task, inputs) => change(inline.run(task, inputs), inputs.length)
    }))
  ).pipe(Layer.provide(inlineRunner))

/** Gives the outcomes of inputs in the order of `keys`, as threads may. */
const inOrderOf = (keys: ReadonlyArray<number>) =>
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

const squares: ReadonlyArray<Trial> = [1, 2, 3].map((n) => ({ act: "square", n }))
const run = runAll(trialTask, squares, Effect.fromResult)

const wrong: ReadonlyArray<readonly [what: string, layer: Layer.Layer<Runner>, line: RegExp]> = [
  [
    "loses an outcome",
    changed((stream) => Stream.filter(stream, ({ key }) => key !== 1)),
    /^runner inline: gives no outcome for input 1 of 3; hint: the runner is wrong: run it through runnerConformance/
  ],
  [
    "gives one twice",
    changed((stream) => Stream.flatMap(stream, (done) => Stream.make(done, done))),
    /^runner inline: gives input 0 of 3 inputs a second outcome; /
  ],
  [
    "gives one of no input",
    changed((stream) => Stream.map(stream, ({ outcome }) => ({ key: 7, outcome }))),
    /^runner inline: gives an outcome for input 7 of 3 inputs; /
  ],
  [
    "gives something else",
    changed((stream) => Stream.map(stream, () => "done" as never)),
    /^runner inline: gives "done" for an outcome; /
  ],
  [
    "throws when it is asked",
    changed(() => {
      throw new TypeError("not today")
    }),
    /^runner inline: throws TypeError: not today; /
  ],
  [
    "dies at work",
    changed((stream) => Stream.concat(Stream.take(stream, 1), Stream.die(new Error("no more")))),
    /^runner inline: throws Error: no more; /
  ]
]

it.live.each(wrong)("a runner that %s is named", ([, layer, line]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(run.pipe(Effect.provide(layer)))
    assert.strictEqual(error._tag, "PluginFault")
    assert.match(error.message, line)
  })
)

it.live("what a task's own `prepare` dies of is not the runner's fault", () =>
  Effect.gen(function* () {
    const cause = new Error("of the task")
    const broken = { ...trialTask, prepare: () => Effect.die(cause) }
    const exit = yield* Effect.exit(runAll(broken, squares, Effect.fromResult))
    assert.deepStrictEqual(exit, Exit.die(cause))
  }).pipe(Effect.provide(inlineRunner))
)

const unready: ReadonlyArray<readonly [what: string, make: () => unknown, line: RegExp]> = [
  [
    "throws",
    () => {
      throw new Error("no hands")
    },
    /^runner lame \(file:\/\/\/lame\.js\): throws Error: no hands; hint: the runner is wrong/
  ],
  ["dies", () => Effect.die(new Error("no feet")), /^runner lame .*: throws Error: no feet; /],
  ["gives nothing", () => Effect.succeed(undefined), /^runner lame .*: gives undefined for a runner at work; /],
  [
    "has no workers",
    () => Effect.succeed({ id: "lame", workers: 0, run: () => Stream.empty }),
    /^runner lame .*: says that it has 0 workers; /
  ]
]

it.live.each(unready)("a runner that %s when it is started is named", ([, make, line]) =>
  Effect.gen(function* () {
    const lame = importedFrom<RunnerPlugin>(
      { contract: runnerContract, id: "lame", make: make as RunnerPlugin["make"] },
      "file:///lame.js"
    )
    const error = yield* Effect.flip(run.pipe(Effect.provide(Runner.started(lame, 2))))
    assert.strictEqual(error._tag, "PluginFault")
    assert.match(error.message, line)
  })
)

it.live("a runner that cannot start says so in its own words", () =>
  Effect.gen(function* () {
    const reason = { reason: "ThreadLost", where: "node 3", what: "is down", hint: "wake it" } as const
    const down: RunnerPlugin = { contract: runnerContract, id: "far", make: () => Effect.fail(new RunnerError(reason)) }
    assert.deepInclude(yield* Effect.flip(run.pipe(Effect.provide(Runner.started(down, 2)))), reason)
  })
)

it.live("a runner is found by name, and an unknown one is told with those that there are", () =>
  Effect.gen(function* () {
    const outputs = yield* run.pipe(Effect.provide(Runner.named("inline", 4)))
    assert.deepStrictEqual(
      outputs.map(({ square }) => square),
      [1, 4, 9]
    )
    const error = yield* Effect.flip(run.pipe(Effect.provide(Runner.named("treads", 4))))
    assert.match(error.message, /^treads: unknown runner: .*; hint: built in are threads, inline; or give/)
  }).pipe(Effect.provide(nodePlugins))
)
