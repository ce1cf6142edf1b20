/** Where formats come from. */
import { Plugins } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { Effect, Option } from "effect"

/** The plug-ins that the program was given; else those of folders and packages as the working directory sees them. */
export const formatPlugins = Effect.gen(function* () {
  const given = yield* Effect.serviceOption(Plugins)
  return Option.isSome(given) ? given.value : yield* Effect.provide(Plugins, nodePlugins)
})
