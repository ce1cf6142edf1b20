/** Built-in plug-ins: the files of a kind's home, so that adding one edits no registry. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { homeOf, type PluginKind } from "../plugin.ts"

const codeFile = /^(?!.*\.d\.ts$)(.+)\.(?:ts|js)$/

/** The folder of the built-in plug-ins of a kind, beside the module that defines it; none where the kind has no home. */
const folderOf = (kind: PluginKind<any>): string | undefined => {
  const home = homeOf(kind)
  return home === undefined ? undefined : fileURLToPath(home)
}

/** The file of a built-in: `NAME.ts`, or the index of a folder where it has parts of its own. */
const fileIn = (folder: string, name: string): string | undefined =>
  [name, path.join(name, "index")]
    .flatMap((file) => [`${file}.ts`, `${file}.js`])
    .filter((file) => codeFile.test(file))
    .map((file) => path.join(folder, file))
    .find((file) => fs.existsSync(file))

/** Names of the built-in plug-ins of a kind, sorted. */
export const builtinNames = (kind: PluginKind<any>): ReadonlyArray<string> => {
  const folder = folderOf(kind)
  if (folder === undefined) return []
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? fileIn(folder, entry.name) === undefined
          ? []
          : [entry.name]
        : (codeFile.exec(entry.name)?.[1] ?? [])
    )
    .toSorted()
}

/** The file of a built-in plug-in by name. */
export const builtinFile = (kind: PluginKind<any>, name: string): string | undefined => {
  const folder = /[/\\]/.test(name) || name === "" ? undefined : folderOf(kind)
  return folder === undefined ? undefined : fileIn(folder, name)
}
