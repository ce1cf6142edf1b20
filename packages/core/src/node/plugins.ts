/** Finds a plug-in by built-in name, path or package, and says why a name did not resolve. */
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { builtIn as ofMoira } from "../plugin-fault.ts"
import { importPlugin } from "../imported-plugin.ts"
import { type Loaded, PluginError, type PluginKind } from "../plugin.ts"
import { callNumber, enter, leaveAll } from "../plugin-calls.ts"
import { PluginSeconds } from "../plugin-effect.ts"
import { noteOrigin, type PluginOrigin } from "../plugin-reference.ts"
import { Plugins, type PluginSource } from "../plugins.ts"
import { knownNames } from "../problem.ts"
import { version } from "../version.ts"
import { given } from "../given.ts"
import { builtinFile, builtinNames } from "./builtins.ts"
import { broughtBy, packagesOf } from "./installed.ts"
import { moduleDigests } from "./module-digest.ts"
import { notePlugin } from "./strangers.ts"
import { watchPlugins } from "./watch.ts"
import { entryPath, findPackage, type Package, splitName } from "./packages.ts"

/** Where a program is told what packages there are. */
export interface NodePluginsOptions {
  /** URL of a module of the app, whose dependencies bring plug-ins as if they were built in; the running program when left out. */
  readonly app?: string
  /** Folder whose package's dependencies bring plug-ins, and that names are seen from; the working directory when left out. */
  readonly directory?: string
}

const isPath = (name: string) => /^\.{0,2}[/\\]/.test(name) || path.isAbsolute(name)

/** A file by path, or why there is none; both are seen from a folder. */
type Located =
  | { readonly file: string; readonly origin: PluginOrigin; readonly builtin?: true; readonly isShipped?: boolean }
  | { readonly why: string }

/** Of Moira's own: the package that its kind is of, wherever the file lies in a bundle. */
const builtinOrigin = ({ home = "" }: PluginKind<any>): PluginOrigin => ({
  package: home.split("/").slice(0, 2).join("/"),
  version
})

/** The entry of a package that a name stands for: what the package says it brings of the kind, else the entry itself. */
const entryOf = (kind: PluginKind<any>, found: Package, subpath: string, isShipped: boolean): Located => {
  const brought = subpath === "." ? broughtBy(found, kind)[0]?.subpath : undefined
  const entry = brought ?? subpath
  const file = entryPath(found, entry)
  if (file === undefined) return { why: `the package is installed, but its exports have no "${entry}" to import` }
  if (!fs.existsSync(file)) return { why: `the package is installed, but not ${file}` }
  // What comes with the app is told by its version: a build and its sources are the same plug-in.
  const digest = isShipped ? {} : moduleDigests(file)
  return {
    file: fs.realpathSync(file),
    isShipped,
    origin: { package: found.name, ...given({ version: found.manifest.version }), ...digest }
  }
}

/** Imports a module from outside, whose own code may not end either. */
const importWatched = Effect.fnUntraced(function* <A>(kind: PluginKind<A>, module: string) {
  const limitMs = (yield* PluginSeconds) * 1000
  yield* Effect.promise(() => watchPlugins(limitMs))
  const number = callNumber(`${kind.title} (${module})`)
  enter(number)
  return yield* Effect.ensuring(
    importPlugin(kind, module),
    Effect.sync(() => leaveAll(number))
  )
})

const source = ({ app, directory }: NodePluginsOptions): PluginSource => {
  /** Where the app lies in truth: its command may be a link. */
  const appFolder = () => {
    const file = app === undefined ? (process.argv[1] ?? ".") : fileURLToPath(app)
    return path.dirname(fs.existsSync(file) ? fs.realpathSync(file) : file)
  }
  const here = () => path.resolve(directory ?? ".")
  let ofApp: ReadonlyArray<Package> | undefined
  let around: ReadonlyArray<Package> | undefined
  const shipped = () => (ofApp ??= packagesOf(appFolder()))
  const installed = () => (around ??= packagesOf(here()))
  const isShipped = (found: Package) => shipped().some(({ directory: folder }) => folder === found.directory)
  const brought = (kind: PluginKind<any>, packages: ReadonlyArray<Package>) =>
    packages.flatMap((found) => broughtBy(found, kind))
  const everyBrought = (kind: PluginKind<any>) => [...brought(kind, shipped()), ...brought(kind, installed())]
  const builtIn = (kind: PluginKind<any>) =>
    [...new Set([...builtinNames(kind), ...brought(kind, shipped()).map(({ name }) => name)])].toSorted()

  const names = (kind: PluginKind<any>): ReadonlyArray<string> => [
    ...new Set([
      ...builtIn(kind),
      ...brought(kind, installed())
        .map(({ name }) => name)
        .toSorted()
    ])
  ]

  /** As `from` sees it, or the working directory. */
  const locate = (kind: PluginKind<any>, name: string, from: string | undefined): Located => {
    const folder = from?.startsWith("file:") === true ? path.dirname(fileURLToPath(from)) : here()
    if (isPath(name)) {
      const file = path.resolve(folder, name)
      if (fs.existsSync(file)) return { file, origin: { path: name, ...moduleDigests(file) } }
      return { why: from === undefined ? "no such file" : `no such file in ${folder}` }
    }
    const builtin = builtinFile(kind, name)
    if (builtin !== undefined) return { file: builtin, builtin: true, origin: builtinOrigin(kind) }
    const ours = everyBrought(kind).find((one) => one.name === name || one.package.name === name)
    if (ours !== undefined) return entryOf(kind, ours.package, ours.subpath, isShipped(ours.package))
    const specifier = splitName(name)
    const found = specifier === undefined ? undefined : findPackage(specifier.name, folder)
    if (found !== undefined) return entryOf(kind, found, specifier!.subpath, isShipped(found))
    const seen = from === undefined && !name.includes("/") ? "" : ` seen from ${folder}`
    return { why: `unknown ${kind.title}: no built-in and no installed package${seen}` }
  }

  const hint = (kind: PluginKind<any>, name: string) => {
    const known = builtIn(kind)
    const others = names(kind).slice(known.length)
    const more = others.length === 0 ? "" : `; installed are ${knownNames(name, others)}`
    if (known.length > 0) return `built in are ${knownNames(name, known)}${more}; or give a package name or a path`
    return others.length > 0 ? `${more.slice(2)}; or give a package name or a path` : "give a package name or a path"
  }

  const load = Effect.fn("core.loadPlugin")(function* <A>(kind: PluginKind<A>, name: string, from?: string) {
    const located = locate(kind, name, from)
    if ("why" in located)
      return yield* new PluginError({ reason: "Unknown", where: name, what: located.why, hint: hint(kind, name) })
    const module = pathToFileURL(located.file).href
    if (located.builtin !== true) notePlugin(module, kind.title, appFolder)
    const isOutside = located.builtin !== true && located.isShipped !== true
    const plugin = isOutside ? yield* importWatched(kind, module) : ofMoira(yield* importPlugin(kind, module))
    noteOrigin(plugin, located.origin)
    return { plugin, module } satisfies Loaded<A>
  })

  return {
    names,
    load,
    all: (kind) => Effect.forEach(names(kind), (name) => load(kind, name)),
    open: importPlugin
  }
}

/** Plug-ins of folders and packages, with an app or a working directory of one's own. */
export const nodePluginsFrom = (options: NodePluginsOptions): Layer.Layer<Plugins> =>
  Layer.sync(Plugins, () => source(options))

/** Plug-ins of folders and packages, as the running program and the working directory see them. */
export const nodePlugins: Layer.Layer<Plugins> = nodePluginsFrom({})
