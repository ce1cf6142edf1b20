/**
 * Digests of a module from outside: of its file, and of the files beside it that it imports, since a changed helper is
 * another plug-in. What it imports by relative paths is found by reading, not by running; packages are told by their
 * versions elsewhere, and paths that are put together at run time are not seen.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import type { PluginOrigin } from "../plugin-reference.ts"

/** `from "./x"`, `import "./x"`, `import("./x")`, `require("./x")` and `new URL("./x", import.meta.url)`. */
const relativeImport = /(?:\bfrom|\bimport|\brequire|\bnew\s+URL)\s*\(?\s*["'`](\.{1,2}\/[^"'`?#\n]+)/g

/** Only code is read for what it imports; data that code names is digested. */
const code = /\.[cm]?[jt]sx?$/

/** Endings that CommonJS leaves out. */
const endings = ["", ".js", ".cjs", ".mjs", ".ts", ".json", "/index.js"]

const isFile = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true

/** Nothing where it is no file or cannot be read: then it cannot be imported either, which says why. */
const readFile = (file: string): Buffer | undefined => {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** The files that a module names by relative paths, and there are. */
const importsOf = (file: string, text: string): ReadonlyArray<string> =>
  [...text.matchAll(relativeImport)].flatMap(([, name]) => {
    const at = path.resolve(path.dirname(file), name!)
    const found = endings.map((ending) => at + ending).find(isFile)
    return found === undefined ? [] : [fs.realpathSync(found)]
  })

/** Digests of all files that a module leads to by relative imports, by path; its own first. */
const graphOf = (entry: string): ReadonlyMap<string, string> => {
  const digests = new Map<string, string>()
  const left = [entry]
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (digests.has(file)) continue
    const bytes = readFile(file)
    if (bytes === undefined) continue
    digests.set(file, sha256(bytes))
    if (code.test(file)) left.push(...importsOf(file, bytes.toString("utf8")))
  }
  return digests
}

/**
 * `sha256` of a module's file and, where that imports files beside it, `importsSha256` of their digests and their paths as
 * seen from the module, so that a moved folder has the same.
 */
export const moduleDigests = (module: string): Pick<PluginOrigin, "sha256" | "importsSha256"> => {
  const file = fs.realpathSync(module)
  const [own, ...imports] = graphOf(file)
  if (own === undefined) return {}
  if (imports.length === 0) return { sha256: own[1] }
  const lines = imports.map(
    ([at, digest]) => `${path.relative(path.dirname(file), at).split(path.sep).join("/")} ${digest}\n`
  )
  return { sha256: own[1], importsSha256: sha256(lines.toSorted().join("")) }
}
