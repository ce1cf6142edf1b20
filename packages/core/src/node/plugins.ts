/**
 * Finds a plug-in by built-in name, package name or path, and says why a name did not resolve.
 * A built-in is a file of a folder whose default export is the plug-in, so adding one edits no registry.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { type Loaded, PluginError, type PluginKind } from "../plugin.ts"
import { knownNames } from "../problem.ts"

const codeFile = /^(?!.*\.d\.ts$)(.+)\.(?:ts|js)$/

/** Files that may hold the built-in plug-in of a name: one file, or a folder's index where it has parts of its own. */
const filesOf = (name: string): ReadonlyArray<string> =>
  [name, `${name}/index`].flatMap((file) => [`${file}.ts`, `${file}.js`])

const hasIndex = (kind: PluginKind<any>, folder: string): boolean =>
  ["index.ts", "index.js"].some((file) => fs.existsSync(new URL(`${folder}/${file}`, kind.folder)))

/** Names of the built-in plug-ins of a kind, sorted. */
export const builtinNames = (kind: PluginKind<never> | PluginKind<any>): ReadonlyArray<string> =>
  fs
    .readdirSync(kind.folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? (hasIndex(kind, entry.name) ? [entry.name] : []) : (codeFile.exec(entry.name)?.[1] ?? [])
    )
    .toSorted()

const isPath = (name: string) => /^\.{0,2}[/\\]/.test(name) || path.isAbsolute(name)

/** The file of a package as seen from the working directory; throws Node's error where there is none. */
const resolveFromHere = (name: string): string => createRequire(path.resolve("package.json")).resolve(name)

const locate = (kind: PluginKind<any>, name: string): string | undefined => {
  if (isPath(name)) return fs.existsSync(name) ? pathToFileURL(path.resolve(name)).href : undefined
  if (!name.includes("/")) {
    for (const file of filesOf(name)) {
      const found = path.join(fileURLToPath(kind.folder), file)
      if (codeFile.test(file) && fs.existsSync(found)) return pathToFileURL(found).href
    }
  }
  try {
    return pathToFileURL(resolveFromHere(name)).href
  } catch {
    return undefined
  }
}

/** Why a name was not found. */
const whyUnknown = (kind: PluginKind<any>, name: string): string => {
  if (isPath(name)) return "no such file"
  try {
    resolveFromHere(name)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED")
      return 'the package is installed, but its exports have no "default" entry to load'
  }
  return `unknown ${kind.kind}: no built-in and no installed package`
}

/** Imports the default export of `module` and checks that it is a plug-in of this kind. */
export const importPlugin = Effect.fn("trace.importPlugin")(function* <A>(kind: PluginKind<A>, module: string) {
  const loaded = yield* Effect.tryPromise({
    try: () => import(module) as Promise<{ readonly default?: unknown }>,
    catch: (cause) =>
      new PluginError({
        reason: "NotLoadable",
        where: module,
        what: `cannot be imported: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
        hint: `a ${kind.kind} is an ES module with a default export`,
        cause
      })
  })
  if (kind.is(loaded.default)) return loaded.default
  return yield* new PluginError({
    reason: "NotThisKind",
    where: module,
    what: `its default export is not a ${kind.kind}`,
    hint: `export the ${kind.kind} as default`
  })
})

/** Resolves `name` as a built-in, then a path, then a package seen from the working directory. */
export const loadPlugin = Effect.fn("trace.loadPlugin")(function* <A>(kind: PluginKind<A>, name: string) {
  const module = locate(kind, name)
  if (module === undefined) {
    return yield* new PluginError({
      reason: "Unknown",
      where: name,
      what: whyUnknown(kind, name),
      hint: `built in are ${knownNames(name, builtinNames(kind))}; or give a package name or a path`
    })
  }
  return { plugin: yield* importPlugin(kind, module), module } satisfies Loaded<A>
})
