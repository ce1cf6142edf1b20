/** What a result or a point says of a plug-in that made it: enough to find the same one again, and to see that it is. */
import { Predicate, Schema } from "effect"
import type { PluginKind } from "./plugin.ts"

/** A plug-in of Moira's own is told by its package and version; one from outside by digests of its module and of what that imports too. */
export const PluginReference = Schema.Struct({
  /** Name of its kind: `optimizer`. */
  kind: Schema.String,
  name: Schema.String,
  /** What it was made for: `placement/v1`. Documents of earlier versions do not say. */
  contract: Schema.optionalKey(Schema.String),
  package: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  /** Of one that is no package's, as it was named. */
  path: Schema.optionalKey(Schema.String),
  /** Digest of the module's file. */
  sha256: Schema.optionalKey(Schema.String),
  /** Digest of the files beside it that it imports, by relative paths, with all that those import; of one that imports none, left out. */
  importsSha256: Schema.optionalKey(Schema.String)
})
export type PluginReference = typeof PluginReference.Type

/** Where a plug-in comes from: all of a reference but its kind, name and contract. */
export type PluginOrigin = Omit<PluginReference, "kind" | "name" | "contract">

const origins = new WeakMap<object, PluginOrigin>()

/** Notes where a plug-in comes from, for {@link referenceOf}. */
export const noteOrigin = (plugin: unknown, origin: PluginOrigin): void => {
  if (typeof plugin === "object" && plugin !== null) origins.set(plugin, origin)
}

/** What a plug-in is called: plug-ins have an id, strategies a name. */
const nameOf = (plugin: object): string => {
  for (const key of ["id", "name"] as const)
    if (Predicate.hasProperty(plugin, key) && typeof plugin[key] === "string") return plugin[key]
  return ""
}

/** The reference of a plug-in; one that was given as a value and never loaded has a kind, a name and a contract alone. */
export const referenceOf = ({ name: kind, contract }: PluginKind<any>, plugin: object): PluginReference => ({
  kind,
  name: nameOf(plugin),
  contract,
  ...origins.get(plugin)
})

/** References in the order of their kinds, then names, each once. */
export const listReferences = (references: ReadonlyArray<PluginReference>): ReadonlyArray<PluginReference> => {
  const byText = new Map(
    references.map(({ kind, name, ...origin }) => [JSON.stringify([kind, name, origin]), { kind, name, ...origin }])
  )
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference)
}
