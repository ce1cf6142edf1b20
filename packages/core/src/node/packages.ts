/** Packages as they lie on the disk: found from a folder as Node finds them, their entries by what an import sees. */
import { exports as entriesOf } from "resolve.exports"
import * as fs from "node:fs"
import * as path from "node:path"

/** The part of a package.json that matters here. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly exports?: unknown
  readonly main?: string
  readonly moira?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Package {
  readonly name: string
  readonly directory: string
  readonly manifest: Manifest
}

// This module was itself found as source where the condition is set, and so must what it finds.
const conditions = ["node", "import", ...(import.meta.url.endsWith(".ts") ? ["@moira/source"] : [])]

const isFile = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true

/** The package of a folder; none where it has no package.json that can be read. */
const packageOf = (directory: string): Package | undefined => {
  try {
    const real = fs.realpathSync(directory)
    const manifest = JSON.parse(fs.readFileSync(path.join(real, "package.json"), "utf8")) as Manifest
    return { name: manifest.name ?? path.basename(real), directory: real, manifest }
  } catch {
    return undefined
  }
}

/** A folder and those above it, nearest first. */
const upwards = (directory: string): ReadonlyArray<string> => {
  const above = path.dirname(directory)
  return above === directory ? [directory] : [directory, ...upwards(above)]
}

/** The package that a folder lies in. */
export const packageAround = (directory: string): Package | undefined =>
  upwards(directory)
    .map((folder) => packageOf(folder))
    .find((found) => found !== undefined)

/** The package of a name as modules in `directory` see it: the one they lie in, or one in a `node_modules` above. */
export const findPackage = (name: string, directory: string): Package | undefined => {
  const around = packageAround(directory)
  if (around?.manifest.name === name) return around
  return upwards(directory)
    .map((folder) => path.join(folder, "node_modules", name))
    .filter((folder) => isFile(path.join(folder, "package.json")))
    .map((folder) => packageOf(folder))
    .find((found) => found !== undefined)
}

/** Splits `@acme/dice/six` into a package's name and a subpath, `./six`, or `.`; none where that is no package's name. */
export const splitName = (specifier: string): { readonly name: string; readonly subpath: string } | undefined => {
  const [, name, below] = /^((?:@[^@/\\%]+\/)?[^@./\\%:][^/\\%:]*)(?:\/(.+))?$/.exec(specifier) ?? []
  return name === undefined ? undefined : { name, subpath: below === undefined ? "." : `./${below}` }
}

/** What the exports of a package have for a subpath; none where they have nothing that can be imported. */
const exported = (manifest: Manifest, name: string, subpath: string): string | undefined => {
  try {
    return entriesOf<any>({ ...manifest, name }, subpath, { unsafe: true, conditions })?.[0]
  } catch {
    return undefined
  }
}

/** Path that a subpath of a package stands for, whether there is such a file or not; none where its exports lack it. */
export const entryPath = ({ directory, manifest, name }: Package, subpath: string): string | undefined => {
  const entry =
    manifest.exports !== undefined
      ? exported(manifest, name, subpath)
      : subpath === "."
        ? (manifest.main ?? "index.js")
        : subpath
  return entry === undefined ? undefined : path.join(directory, entry)
}
