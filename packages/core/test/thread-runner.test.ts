/** What threads add to the contract of runners: they are lost, killed and replaced. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Result, Stream } from "effect"
import type { Task } from "../src/runner.ts"
import { Runner } from "../src/runner-stage.ts"
import { threadRunner } from "../src/runners/threads.ts"
import oddTask, { type Odd } from "./odd-task.ts"

const outcomes = (inputs: ReadonlyArray<Odd>, task = oddTask) =>
  Effect.map(
    Runner.use(({ run }) => Stream.runCollect(run(task, inputs))),
    (all) => [...all].toSorted((a, b) => a.key - b.key).map(({ outcome }) => outcome)
  )

const only = (odd: Odd) => Effect.flatMap(outcomes([odd]), ([outcome]) => Effect.fromResult(outcome!))

it.live("no more threads than asked for, none of them this one, and they are used again", () =>
  Effect.gen(function* () {
    const threads = new Set<unknown>()
    for (let round = 0; round < 2; round++) {
      for (const outcome of yield* outcomes(Array.from({ length: 20 }, () => ({ act: "thread" }) as const)))
        threads.add(Result.getOrThrow(outcome))
    }
    assert.isAtMost(threads.size, 2)
    assert.isFalse(threads.has(0))
  }).pipe(Effect.provide(threadRunner(2)))
)

it.live.each(["exit", "crash"] as const)("a thread lost by %s is an error, and the next input has a new one", (act) =>
  Effect.gen(function* () {
    const before = yield* only({ act: "thread" })
    const [lost, after] = yield* outcomes([{ act }, { act: "thread" }])
    assert(Result.isFailure(lost!))
    assert.strictEqual(lost.failure.reason, "ThreadLost")
    assert.include(lost.failure.what, act === "exit" ? "code 3" : "nobody caught this")
    assert.notStrictEqual(Result.getOrThrow(after!), before)
  }).pipe(Effect.provide(threadRunner(1)))
)

it.live("an interrupted input costs its thread and no more, even one that never yields", () =>
  Effect.gen(function* () {
    const before = yield* only({ act: "thread" })
    assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.timeout(only({ act: "hang" }), "200 millis"))))
    assert.notStrictEqual(yield* only({ act: "thread" }), before)
  }).pipe(Effect.provide(threadRunner(1)))
)

it.live("what cannot cross threads fails its input, whichever way it was to go", () =>
  Effect.gen(function* () {
    const [out, into, after] = yield* outcomes([
      { act: "uncloneable" },
      { act: "square", n: () => 1 },
      { act: "square", n: 4 }
    ])
    for (const outcome of [out!, into!]) {
      assert(Result.isFailure(outcome))
      assert.strictEqual(outcome.failure.reason, "JobFailed")
      assert.include(outcome.failure.what, "could not be cloned")
    }
    assert.strictEqual(Result.getOrThrow(after!), 16)
  }).pipe(Effect.provide(threadRunner(1)))
)

it.live("limits of a task are those of its threads", () =>
  Effect.gen(function* () {
    const small: typeof oddTask = { ...oddTask, limits: { maxYoungGenerationSizeMb: 2 } }
    const [usual] = yield* outcomes([{ act: "thread" }])
    const [limited] = yield* outcomes([{ act: "thread" }], small)
    assert.notStrictEqual(Result.getOrThrow(limited!), Result.getOrThrow(usual!))
  }).pipe(Effect.provide(threadRunner(1)))
)

it.live("a module without a task is told once, for all inputs", () =>
  Effect.gen(function* () {
    const run = (task: Task<Odd>) => Effect.flip(outcomes([{ act: "square" }, { act: "square" }], task))
    const none = yield* run({ ...oddTask, module: () => import.meta.resolve("@moira/core/statistics") })
    assert.deepStrictEqual([none._tag, none.reason], ["RunnerError", "BadTask"])
    assert.match(none.message, /statistics\.ts is not a task; hint: a task is the default export of its module/)
    const missing = yield* run({ ...oddTask, module: () => new URL("nowhere.ts", import.meta.url).href })
    assert.match(missing.message, /Cannot find module .*nowhere\.ts/)
  }).pipe(Effect.provide(threadRunner(2)))
)
