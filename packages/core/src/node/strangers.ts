/**
 * Plug-ins from outside that a program loaded: what one of them throws, wherever it is called, is told as its own. Of the
 * places that a stack names, the one nearest to the throw decides that is ours or a plug-in's; libraries, which both call,
 * decide nothing. So a plug-in is named for its helpers and for what it asks of libraries, and never for a crash of ours.
 */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { findPackage, packageAround } from "./packages.ts"

interface Stranger {
  readonly kind: string
  readonly module: string
  readonly file: string
  /** All that lies below is its own, but for `node_modules`. */
  readonly folder: string
  /** Folders of the packages of the app that loaded it. */
  readonly ours: () => ReadonlySet<string>
}

/** By module. */
const loaded = new Map<string, Stranger>()

const folderOf = (file: string): string => packageAround(path.dirname(file))?.directory ?? path.dirname(file)

/** Notes that a module from outside was loaded as a plug-in of some kind, by the app that lies in a folder. */
export const notePlugin = (module: string, kind: string, app: () => string): void => {
  const file = fileURLToPath(module)
  loaded.set(module, { kind, module, file, folder: folderOf(file), ours: () => packagesOfApp(app()) })
}

/** Packages of the app's maker: the one that the app lies in, and its dependencies of the scope that this package has. */
const packagesOfApp = (app: string): ReadonlySet<string> => {
  const scope = /^@[^/]+\//.exec(packageAround(path.dirname(fileURLToPath(import.meta.url)))?.name ?? "")?.[0]
  const folders = new Set<string>()
  const add = (found: ReturnType<typeof findPackage>): void => {
    if (found === undefined || folders.has(found.directory)) return
    folders.add(found.directory)
    for (const name of Object.keys(found.manifest.dependencies ?? {}))
      if (scope !== undefined && name.startsWith(scope)) add(findPackage(name, found.directory))
  }
  add(packageAround(app))
  return folders
}

/** Whether a file is a package's or a plug-in's own: below its folder, and of none that is installed there. */
const liesIn = (folder: string, file: string): boolean => {
  const below = path.relative(folder, file)
  return !path.isAbsolute(below) && !/^\.\.(?:[/\\]|$)|(?:^|[/\\])node_modules[/\\]/.test(below)
}

/** Files that a stack names, the throw first; Node's own left out. */
const filesOf = (stack: string): ReadonlyArray<string> =>
  stack.split("\n").flatMap((line) => {
    const place = (
      /\((.+?)(?:\?[^:)]*)?:\d+:\d+\)$/.exec(line) ?? /^\s+at (?:async )?(.+?)(?:\?[^:]*)?:\d+:\d+$/.exec(line)
    )?.[1]
    if (place === undefined) return []
    if (place.startsWith("file:")) return [fileURLToPath(place)]
    return path.isAbsolute(place) ? [place] : []
  })

/** Who of the loaded plug-ins a file belongs to: the innermost folder's, of which there may be several. */
const ownersOf = (file: string): ReadonlyArray<Stranger> => {
  const around = [...loaded.values()].filter(({ folder }) => liesIn(folder, file))
  const innermost = Math.max(...around.map(({ folder }) => folder.length))
  return around.filter(({ folder }) => folder.length === innermost)
}

/** The plug-in from outside that threw an error, by the error's stack; undefined where it was ours. */
export const throwingPlugin = (error: unknown): { readonly kind: string; readonly module: string } | undefined => {
  if (!(error instanceof Error) || error.stack === undefined || loaded.size === 0) return undefined
  const ours = [...loaded.values()].flatMap((stranger) => [...stranger.ours()])
  const files = filesOf(error.stack)
  for (const [i, file] of files.entries()) {
    const owners = ownersOf(file)
    const isOurs = ours.some(
      (folder) => liesIn(folder, file) && !owners.some((owner) => owner.folder.length > folder.length)
    )
    if (isOurs) return undefined
    // Of several plug-ins in one folder it is the one whose module is next in the stack.
    const called = files.slice(i).flatMap((at) => owners.find((owner) => owner.file === at) ?? [])[0]
    if (owners.length > 0) return called ?? owners[0]
  }
  return undefined
}
