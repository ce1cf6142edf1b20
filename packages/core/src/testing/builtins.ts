/** Every built-in plug-in of a kind, so that a new one is tried without being named in a test. */
import { Effect } from "effect"
import { builtinNames } from "../node/builtins.ts"
import { nodePlugins } from "../node/plugins.ts"
import type { Loaded, PluginError, PluginKind } from "../plugin.ts"
import { loadPlugin } from "../plugins.ts"

/** A plug-in and the name of its file. */
export interface Builtin<A> extends Loaded<A> {
  readonly name: string
}

/** The plug-ins of a kind's folder. */
export const builtinPlugins = <A>(kind: PluginKind<A>): Effect.Effect<ReadonlyArray<Builtin<A>>, PluginError> =>
  Effect.forEach(builtinNames(kind), (name) =>
    Effect.map(loadPlugin(kind, name), (loaded) => ({ ...loaded, name }))
  ).pipe(Effect.provide(nodePlugins))
