/** A plug-in out of a module whose URL is known, in any thread. */
import { Effect } from "effect"
import { checkPlugin, PluginError, type PluginKind } from "./plugin.ts"

/** Imports the default export of `module` and checks that it is a plug-in of this kind. */
export const importPlugin = Effect.fn("core.importPlugin")(function* <A>(kind: PluginKind<A>, module: string) {
  const loaded = yield* Effect.tryPromise({
    try: () => import(module) as Promise<{ readonly default?: unknown }>,
    catch: (cause) =>
      new PluginError({
        reason: "NotLoadable",
        where: module,
        what: `cannot be imported: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
        hint: `a ${kind.title} is an ES module with a default export`,
        cause
      })
  })
  return yield* checkPlugin(kind, module, loaded.default)
})
