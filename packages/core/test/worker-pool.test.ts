import { assert, it, vi } from "@effect/vitest"
import { makeWorkerPool } from "../src/node/thread-runner.ts"
import { Effect, Exit } from "effect"
import type { Job } from "./jobs.ts"

// A thread imports all of Effect before its first job.
vi.setConfig({ testTimeout: 60_000 })

const pool = (size: number) => makeWorkerPool<Job, number>({ module: new URL("jobs.ts", import.meta.url), size })

it.live("runs jobs in threads, each answered with its own result", () =>
  Effect.gen(function* () {
    const { run } = yield* pool(2)
    const numbers = Array.from({ length: 20 }, (_, n) => n)
    const squares = yield* Effect.forEach(numbers, (n) => run({ task: "square", n }), { concurrency: "unbounded" })
    assert.deepStrictEqual(
      squares,
      numbers.map((n) => n ** 2)
    )
    const threads = yield* Effect.forEach(numbers, () => run({ task: "thread" }), { concurrency: "unbounded" })
    assert.isAtMost(new Set(threads).size, 2)
    assert.notInclude(threads, 0)
  })
)

it.live("a job that throws is JobFailed with its message and the fields of its cause", () =>
  Effect.gen(function* () {
    const { run } = yield* pool(1)
    const plain = yield* Effect.flip(run({ task: "throw" }))
    assert.deepStrictEqual([plain.reason, plain.what], ["JobFailed", "out of range"])
    assert.include(plain.cause, { name: "RangeError" })
    const typed = yield* Effect.flip(run({ task: "throwTyped" }))
    assert.include(typed.cause, { _tag: "ModelError", reason: "InvalidModel", where: "a.moira", hint: "restore it" })
    assert.strictEqual(yield* run({ task: "square", n: 3 }), 9)
  })
)

it.live.each(["exit", "crash"] as const)("a thread lost by %s is an error, and the next job has a new one", (what) =>
  Effect.gen(function* () {
    const { run } = yield* pool(1)
    const before = yield* run({ task: "thread" })
    const error = yield* Effect.flip(run({ task: what }))
    assert.strictEqual(error.reason, "ThreadLost")
    assert.include(error.what, what === "exit" ? "code 3" : "nobody caught this")
    assert.notStrictEqual(yield* run({ task: "thread" }), before)
  })
)

it.live("an interrupted job costs its thread and no more", () =>
  Effect.gen(function* () {
    const { run } = yield* pool(1)
    const before = yield* run({ task: "thread" })
    assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.timeout(run({ task: "hang" }), "200 millis"))))
    assert.notStrictEqual(yield* run({ task: "thread" }), before)
  })
)

it.live("an answer that cannot cross threads is an error", () =>
  Effect.gen(function* () {
    const { run } = yield* pool(1)
    const error = yield* Effect.flip(Effect.timeout(run({ task: "uncloneable" }), "5 seconds"))
    assert.strictEqual(error._tag, "WorkerError")
    assert.strictEqual(yield* run({ task: "square", n: 4 }), 16)
  })
)
