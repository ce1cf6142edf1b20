/** Effects that plug-ins give: they end in time, and whatever they die of is the plug-in's own. */
import { Cause, Context, Effect } from "effect"
import { enter, leaveAll, timedOut } from "./plugin-calls.ts"
import { type Called, isBuiltIn, nameOf, numberOf, PluginFault, pluginFault, shown, threw } from "./plugin-fault.ts"

/** Seconds that one call of a plug-in from outside may take. */
export const PluginSeconds = Context.Reference<number>("@moira/core/PluginSeconds", { defaultValue: () => 60 })

/** The fault of a plug-in that does not return, named as the notes of its calls have it. */
export const timedOutFault = (name: string, limitMs: number): PluginFault =>
  new PluginFault({ reason: "TimedOut", ...timedOut(name, limitMs) })

/**
 * An effect that a plug-in gave, as one call: it fails with `TimedOut` where it neither ends nor stops waiting within
 * {@link PluginSeconds}, and is noted meanwhile for who looks from outside. Moira's own take what time they need.
 */
export const callingEffect = <A, E, R>(
  called: Called,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PluginFault, R> => {
  if (isBuiltIn(called.plugin)) return effect
  const number = numberOf(called)
  return Effect.gen(function* () {
    const seconds = yield* PluginSeconds
    enter(number)
    return yield* effect.pipe(
      Effect.timeoutOrElse({
        duration: seconds * 1000,
        orElse: () => Effect.fail(timedOutFault(nameOf(called), seconds * 1000))
      }),
      Effect.ensuring(Effect.sync(() => leaveAll(number)))
    )
  })
}

/**
 * What the effect gives that a plug-in is asked for. Fails as that refuses, where `isRefusal` knows the error, and with
 * `PluginFault` where it throws, gives no effect, dies, fails with anything else, or does not end.
 */
export const asking = <A, E>(
  called: Called,
  at: string,
  call: () => Effect.Effect<A, E>,
  isRefusal: (error: unknown) => boolean
): Effect.Effect<A, E | PluginFault> =>
  callingEffect(
    called,
    Effect.suspend((): Effect.Effect<A, E | PluginFault> => {
      const given: unknown = call()
      if (Effect.isEffect(given)) return given as Effect.Effect<A, E>
      return Effect.fail(
        pluginFault(called, at, { reason: "WrongShape", what: `gives ${shown(given)}, not an effect` })
      )
    })
  ).pipe(
    Effect.catchCause((cause) => {
      // Where the fiber itself is interrupted nobody asks: what comes here is the plug-in's own.
      if (Cause.hasInterruptsOnly(cause))
        return Effect.fail(pluginFault(called, at, { reason: "Threw", what: "interrupts itself" }))
      const error = Cause.squash(cause)
      return isRefusal(error) ? Effect.failCause(cause) : Effect.fail(threw(called, at, error))
    })
  )
