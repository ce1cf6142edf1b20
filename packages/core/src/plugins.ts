/** Where plug-ins come from: a service, since folders and packages are Node's and a page has only what was bundled. */
import { Context, Effect, Layer, Predicate } from "effect"
import { checkPlugin, type Loaded, PluginError, type PluginKind } from "./plugin.ts"
import { knownNames } from "./problem.ts"

/** Finds plug-ins of every kind. */
export interface PluginSource {
  /** Names that `load` takes without a path: built-in ones and those of installed packages after them. */
  readonly names: (kind: PluginKind<any>) => ReadonlyArray<string>
  /** The plug-in of a name; where a module names it, its URL is `from`, and paths and packages are seen from there. */
  readonly load: <A>(kind: PluginKind<A>, name: string, from?: string) => Effect.Effect<Loaded<A>, PluginError>
  /** Every one that `names` lists. */
  readonly all: <A>(kind: PluginKind<A>) => Effect.Effect<ReadonlyArray<Loaded<A>>, PluginError>
  /** The plug-in of a module that `load` gave, maybe in another thread. */
  readonly open: <A>(kind: PluginKind<A>, module: string) => Effect.Effect<A, PluginError>
}

/** The plug-ins that a program finds. */
export class Plugins extends Context.Service<Plugins, PluginSource>()("@moira/core/Plugins") {}

/** The plug-in of a name; where a module names it, its URL is `from`, and paths and packages are seen from there. */
export const loadPlugin = <A>(
  kind: PluginKind<A>,
  name: string,
  from?: string
): Effect.Effect<Loaded<A>, PluginError, Plugins> => Plugins.use((plugins) => plugins.load(kind, name, from))

/** The plug-in of a module that {@link loadPlugin} gave, maybe in another thread. */
export const openPlugin = <A>(kind: PluginKind<A>, module: string): Effect.Effect<A, PluginError, Plugins> =>
  Plugins.use((plugins) => plugins.open(kind, module))

/** Names of the plug-ins that are built in or come with installed packages. */
export const pluginNames = (kind: PluginKind<any>): Effect.Effect<ReadonlyArray<string>, never, Plugins> =>
  Plugins.use((plugins) => Effect.succeed(plugins.names(kind)))

/** Every plug-in that {@link pluginNames} lists. */
export const allPlugins = <A>(kind: PluginKind<A>): Effect.Effect<ReadonlyArray<Loaded<A>>, PluginError, Plugins> =>
  Plugins.use((plugins) => plugins.all(kind))

/** By name of the kind, then of the plug-in: the plug-in, or the module whose default export it is. */
export type PluginTable = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Plug-ins that were imported already, for a page: bundlers leave `import.meta.resolve` as it is, so nothing can be found later. */
export const tablePlugins = (table: PluginTable): Layer.Layer<Plugins> => {
  const named = (kind: string, name: string): unknown =>
    Object.hasOwn(table, kind) && Object.hasOwn(table[kind]!, name) ? table[kind]![name] : undefined
  const names = (kind: PluginKind<any>) => Object.keys(table[kind.name] ?? {}).toSorted()
  const load = <A>(kind: PluginKind<A>, name: string): Effect.Effect<Loaded<A>, PluginError> => {
    const value = named(kind.name, name)
    const known = knownNames(name, names(kind))
    if (value === undefined)
      return Effect.fail(
        new PluginError({
          reason: "Unknown",
          where: name,
          what: `unknown ${kind.title}: not in the table of plug-ins`,
          hint: known === "" ? `the table has no "${kind.name}"` : `the table has ${known}`
        })
      )
    const module = `table:${kind.name}/${name}`
    const plugin = !kind.is(value) && Predicate.hasProperty(value, "default") ? value.default : value
    return Effect.map(checkPlugin(kind, module, plugin), (checked) => ({ plugin: checked, module }))
  }
  return Layer.succeed(Plugins, {
    names,
    load,
    all: (kind) => Effect.forEach(names(kind), (name) => load(kind, name)),
    open: (kind, module) => Effect.map(load(kind, module.replace(`table:${kind.name}/`, "")), ({ plugin }) => plugin)
  })
}
