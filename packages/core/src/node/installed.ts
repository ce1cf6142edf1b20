/**
 * Plug-ins of installed packages, and of the package that the user stands in. A package says in its package.json what it
 * brings, by name of the kind:
 *
 *     "moira": { "hardware": "." }                        one, named after the package: `@acme/torus` brings `torus`
 *     "moira": { "network": ["./slow", "./fast"] }        several, named after their subpaths
 *     "moira": { "allocator": { "greedy": "./alloc" } }   by name
 */
import * as path from "node:path"
import type { PluginKind } from "../plugin.ts"
import { findPackage, type Package, packageAround } from "./packages.ts"

/** One plug-in that a package brings. */
export interface Installed {
  readonly name: string
  readonly package: Package
  readonly subpath: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Packages with a `moira` field: the one around a folder, then those that it depends on, in the order of its package.json. */
export const packagesOf = (directory: string): ReadonlyArray<Package> => {
  const around = packageAround(directory)
  if (around === undefined) return []
  const { dependencies, optionalDependencies, devDependencies } = around.manifest
  const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })
  return [around, ...needed.flatMap((name) => findPackage(name, around.directory) ?? [])].filter((found) =>
    isRecord(found.manifest.moira)
  )
}

const lastPart = (name: string) => path.basename(name).replace(/\.[a-z]+$/, "")

const named = (found: Package, subpath: string): Installed => ({
  name: subpath === "." ? found.name.slice(found.name.indexOf("/") + 1) : lastPart(subpath),
  package: found,
  subpath
})

/** What a package brings of a kind. */
export const broughtBy = (found: Package, kind: PluginKind<any>): ReadonlyArray<Installed> => {
  const { moira } = found.manifest
  const said = isRecord(moira) && Object.hasOwn(moira, kind.name) ? moira[kind.name] : undefined
  const texts = (values: ReadonlyArray<unknown>) => values.filter((value) => typeof value === "string")
  if (typeof said === "string") return [named(found, said)]
  if (Array.isArray(said)) return texts(said).map((subpath) => named(found, subpath))
  if (!isRecord(said)) return []
  return Object.entries(said).flatMap(([name, subpath]) =>
    typeof subpath === "string" ? [{ name, package: found, subpath }] : []
  )
}
