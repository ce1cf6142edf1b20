/**
 * The copy of Effect that plug-ins from outside get. Two copies do not understand each other (a schema of one is not decoded by
 * the other), and the bundle has one inside: who asks for `effect`, `effect/NAME`, `effect/cli` or `effect/cli/NAME` is given that,
 * in every thread. Part of the bundle alone: among packages everyone finds the copy that is installed.
 */
import * as fs from "node:fs"
import { createRequire, registerHooks } from "node:module"
import { fileURLToPath } from "node:url"

/** Effect 3 and 5 are other libraries, which a plug-in may use for itself. */
const major = "4"

/** The version of Effect that a module is of, from the package.json above it; undefined where none tells. */
const versionAt = (module: string): string | undefined => {
  try {
    const manifest = fileURLToPath(module).replace(/([/\\])dist[/\\](?!.*[/\\]dist[/\\]).*$/, "$1package.json")
    return (JSON.parse(fs.readFileSync(manifest, "utf8")) as { readonly version?: string }).version
  } catch {
    return undefined
  }
}

/** A module with the members of a namespace of our copy, such as `effect/Schema`. Members may be named as keywords are. */
const facade = (ours: string, name: string, members: object): string => {
  const names = Object.keys(members)
  const text = [
    `import { ${name} as all } from ${JSON.stringify(ours)}`,
    ...names.map((member, i) => `const m${i} = all[${JSON.stringify(member)}]`),
    `export { ${names.map((member, i) => `m${i} as ${member}`).join(", ")} }`
  ]
  return `data:text/javascript,${encodeURIComponent(text.join("\n"))}`
}

let shared = false

/**
 * From now on who imports Effect in this thread, but for the bundle's own modules, gets the copy `ours`, a file URL, and its
 * command lines from `cli`.
 */
export const shareEffect = (ours: string, cli: string): void => {
  if (shared) return
  shared = true
  const facades = new Map<string, string | undefined>()
  const facadeOf = (copy: string, name: string): string | undefined => {
    const key = `${copy} ${name}`
    if (!facades.has(key)) {
      const all = createRequire(copy)(fileURLToPath(copy)) as Readonly<Record<string, unknown>>
      const members = all[name]
      facades.set(key, typeof members === "object" && members !== null ? facade(copy, name, members) : undefined)
    }
    return facades.get(key)
  }
  registerHooks({
    resolve: (specifier, context, next) => {
      const [whole, ofCli, name] = /^effect(\/cli)?(?:\/([A-Z]\w*))?$/.exec(specifier) ?? []
      if (whole === undefined) return next(specifier, context)
      const copy = ofCli === undefined ? ours : cli
      const url = name === undefined ? copy : facadeOf(copy, name)
      if (url === undefined) return next(specifier, context)
      try {
        const installed = next(specifier, context)
        if (versionAt(installed.url)?.split(".")[0] !== major) return installed
      } catch {
        // None is installed where the plug-in lies: ours is as good.
      }
      return { url, format: "module", shortCircuit: true }
    }
  })
}
