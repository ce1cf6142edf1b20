/** When a request is tried again, on a clock of our own. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { HubError, type HubReason, hubReasons, isTransient } from "../src/error.ts"
import { HubRetries, waitMs, withRetries } from "../src/retry.ts"
import { retryAfterMs } from "../src/http.ts"

const failing = (reason: HubReason, retryAfter?: number) =>
  new HubError({
    reason,
    where: "x",
    what: "y",
    hint: "z",
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter })
  })

/** Runs an attempt that gives each error in turn and then succeeds; the times of all attempts in milliseconds. */
const times = Effect.fnUntraced(function* (errors: ReadonlyArray<HubError>, progress?: () => number, name = "f") {
  const at: Array<number> = []
  const attempt = Effect.gen(function* () {
    at.push(yield* Clock.currentTimeMillis)
    const error = errors[at.length - 1]
    if (error !== undefined) yield* error
  })
  const fiber = yield* Effect.forkChild(Effect.exit(withRetries(name, attempt, progress)))
  yield* TestClock.adjust("3 hours")
  const exit = yield* Fiber.join(fiber)
  return { at, exit }
})

const gaps = (at: ReadonlyArray<number>) => at.slice(1).map((t, i) => t - at[i]!)

describe("retries", () => {
  it.effect("wait twice as long each time, within the jitter and the cap, and the same on every run", () =>
    Effect.gen(function* () {
      const errors = Array.from({ length: 5 }, () => failing("Cut"))
      const { at, exit } = yield* times(errors)
      assert.strictEqual(exit._tag, "Success")
      gaps(at).forEach((gap, i) => {
        assert.isAtLeast(gap, 250 * 2 ** i)
        assert.isAtMost(gap, 500 * 2 ** i)
      })
      assert.deepStrictEqual((yield* times(errors)).at.length, 6)
      assert.deepStrictEqual(gaps((yield* times(errors)).at), gaps(at))
      assert.notDeepEqual(gaps((yield* times(errors, undefined, "g")).at), gaps(at))
    })
  )

  it.effect("wait as long as the server asks", () =>
    Effect.gen(function* () {
      const { at } = yield* times([failing("Busy", 93_000), failing("ServerFault", 0)])
      assert.strictEqual(gaps(at)[0], 93_000)
      assert.isBelow(gaps(at)[1]!, 1001)
    })
  )

  it.effect("end with the last error after six in a row, and never begin for what does not pass", () =>
    Effect.gen(function* () {
      const many = yield* times(Array.from({ length: 20 }, () => failing("ServerFault")))
      assert.strictEqual(many.at.length, 6)
      assert.strictEqual(many.exit._tag, "Failure")
      for (const reason of hubReasons.filter((name) => !isTransient(failing(name)))) {
        assert.strictEqual((yield* times([failing(reason)])).at.length, 1, reason)
      }
    })
  )

  it.effect("go on as long as every try gets further", () =>
    Effect.gen(function* () {
      let bytes = 0
      const { at, exit } = yield* times(
        Array.from({ length: 50 }, () => failing("Cut")),
        () => bytes++
      )
      assert.strictEqual(at.length, 51)
      assert.strictEqual(exit._tag, "Success")
    })
  )

  it.effect("give up where the server asks for more than ten minutes", () =>
    Effect.gen(function* () {
      const { at, exit } = yield* times([failing("Busy", 3_600_000)])
      assert.strictEqual(at.length, 1)
      assert.match(String(exit), /asks to wait 60 minutes/)
    })
  )

  const Count = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 60 })))
  it.effect.prop(
    "never wait longer than the cap of their own, nor shorter than asked",
    { failures: Count, asked: Count },
    (draw) =>
      Effect.gen(function* () {
        const policy = yield* HubRetries
        const asked = draw.asked * 1000
        for (const uniform of [0, 0.5, 0.999]) {
          const wait = waitMs(policy, draw.failures, asked, uniform)
          assert.isAtLeast(wait, asked)
          assert.isAtMost(wait, Math.max(asked, policy.capMs))
          assert.isAtLeast(waitMs(policy, draw.failures, 0, uniform), policy.baseMs / 2)
        }
      })
  )
})

describe("what a server asks for", () => {
  const now = Date.parse("2026-01-01T00:00:00Z")
  const cases: ReadonlyArray<readonly [Record<string, string>, number | undefined]> = [
    [{ "retry-after": "120" }, 120_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ ratelimit: '"api";r=0;t=93' }, 93_000],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined]
  ]
  for (const [headers, expected] of cases) {
    it(JSON.stringify(headers), () => assert.strictEqual(retryAfterMs(new Headers(headers), now), expected))
  }
})
