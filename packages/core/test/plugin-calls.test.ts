/** Calls of plug-ins are noted where another thread can look, and one that lasts is found and named. */
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { callAtWork, callLookout, callNumber, enter, leave, noteCalls } from "../src/plugin-calls.ts"
import { asking, PluginSeconds } from "../src/plugin-effect.ts"
import { builtIn, calling, PluginFault } from "../src/plugin-fault.ts"

const memory = noteCalls()
const called = (plugin: { readonly id: string }) => ({ kind: "thing", plugin, kit: "its kit" })
const mine = called({ id: "mine" })

it("the innermost call is named while it lasts, and nothing afterwards", () => {
  const [outer, inner] = [callNumber("outer (file:///a.js)"), callNumber("inner")]
  assert.notStrictEqual(outer, inner)
  assert.strictEqual(callNumber("inner"), inner)
  const first = enter(outer)
  assert.strictEqual(callAtWork(memory)?.name, "outer (file:///a.js)")
  const second = enter(inner)
  assert.strictEqual(callAtWork(memory)?.name, "inner")
  leave(second)
  assert.strictEqual(callAtWork(memory)?.name, "outer (file:///a.js)")
  leave(first)
  assert.isUndefined(callAtWork(memory))
})

it("a lookout names a call that lasts, not one of many, and not what waits between calls", () => {
  const number = callNumber("slow")
  const look = callLookout(memory, 1000)
  for (let i = 0; i < 5; i++) {
    const outer = enter(number)
    assert.isUndefined(look(600))
    leave(outer)
  }
  for (let i = 0; i < 5; i++) assert.isUndefined(look(600))
  const outer = enter(number)
  assert.isUndefined(look(600), "begins to count")
  assert.isUndefined(look(600))
  assert.strictEqual(look(600), "slow")
  // What it calls itself is no new call.
  leave(enter(callNumber("inner")))
  assert.strictEqual(look(600), "slow")
  leave(outer)
})

it("a call is noted until it ends or throws, and those of Moira's own never", () => {
  calling(mine, "", () => assert.strictEqual(callAtWork(memory)?.name, "thing mine"))
  assert.isUndefined(callAtWork(memory))
  assert.throws(() =>
    calling(mine, "", () => {
      throw new Error("broke")
    })
  )
  assert.isUndefined(callAtWork(memory))
  calling(called(builtIn({ id: "ours" })), "", () => assert.isUndefined(callAtWork(memory)))
})

it("names beyond the room that there is are told as the last that found some", () => {
  for (let i = 0; i < 100; i++) callNumber(`name ${i}`)
  const outer = enter(callNumber("a last one"))
  assert.strictEqual(callAtWork(memory)?.name, "a last one")
  leave(outer)
})

const refusal = new Error("refused")
const ask = (answer: () => unknown, of = mine) =>
  asking(of, "here", answer as () => Effect.Effect<unknown, unknown>, (error) => error === refusal)

it.effect("an effect that does not end fails in time, unless it is one of Moira's own", () =>
  Effect.gen(function* () {
    const asked = ask(() => Effect.never).pipe(Effect.provideService(PluginSeconds, 5), Effect.exit)
    const fiber = yield* Effect.forkChild(asked)
    yield* TestClock.adjust("6 seconds")
    const exit = yield* Fiber.join(fiber)
    const fault = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    assert.instanceOf(fault, PluginFault)
    assert.match(String(fault), /thing mine: has not returned after 5 s; hint: .*--plugin-timeout/)
    assert.isUndefined(callAtWork(memory))
    const ours = called(builtIn({ id: "ours" }))
    const slow = yield* Effect.forkChild(ask(() => Effect.as(Effect.sleep("1 hour"), 7), ours))
    yield* TestClock.adjust("2 hours")
    assert.strictEqual(yield* Fiber.join(slow), 7)
  })
)

const faults: ReadonlyArray<readonly [string, () => unknown, RegExp]> = [
  ["throws", () => assert.fail("broke"), /thing mine, here: throws AssertionError: broke/],
  ["gives nothing", () => undefined, /gives undefined, not an effect/],
  ["gives a promise", () => Promise.reject(new Error("later")), /gives an object \(Promise\), not an effect/],
  ["dies", () => Effect.die(new Error("broke")), /throws Error: broke/],
  ["fails with what nobody knows", () => Effect.fail("no"), /throws "no"/],
  ["waits for a promise that fails", () => Effect.promise(() => Promise.reject(new Error("no"))), /throws Error: no/]
]
it.effect.each(faults)("one that %s is told as the plug-in's", ([, answer, line]) =>
  Effect.gen(function* () {
    const fault = yield* Effect.flip(ask(answer))
    assert.instanceOf(fault, PluginFault)
    assert.match(String(fault), line)
  })
)

it.effect("one that refuses says so in its own words, and one that answers is believed", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* Effect.flip(ask(() => Effect.fail(refusal))), refusal)
    assert.strictEqual(yield* ask(() => Effect.succeed(3)), 3)
  })
)
