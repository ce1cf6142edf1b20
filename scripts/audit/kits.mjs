// Every built-in plug-in runs the kit of its kind, is exported and built; what packages say they bring is there.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { join, posix, relative } from "node:path"

const json = (file) => JSON.parse(readFileSync(file, "utf8"))

/** Kinds as their modules define them: the constant, its name, and the folder of the built-in ones where there is one. */
const kindsOf = (root) =>
  globSync(`${root}/packages/*/src/**/*.ts`).flatMap((file) => {
    const definition = /export const (\w+) = pluginKind<[\s\S]*?\(\{([\s\S]*?)\n\}\)/.exec(readFileSync(file, "utf8"))
    if (definition === null) return []
    const [, constant, body] = definition
    const text = (field) => new RegExp(`\\b${field}: "([^"]+)"`).exec(body)?.[1]
    const [, folder, home] = /^@moira\/([^/]+)\/(.+)$/.exec(text("home") ?? "") ?? []
    return [{ constant, name: text("name"), folder, home }]
  })

/** Names of the built-in ones of a folder: `NAME.ts` or `NAME/index.ts`. */
const builtinsIn = (folder) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        if (entry.isDirectory())
          return existsSync(join(folder, entry.name, "index.ts")) ? [`${entry.name}/index.ts`] : []
        return entry.name.endsWith(".ts") ? [entry.name] : []
      })

/** Files that an export's pattern or a tsup entry stands for. */
const matches = (pattern, file) => {
  const [before, after] = pattern.replace(/^\.\//, "").split("*")
  return after === undefined ? before === file : file.startsWith(before) && file.endsWith(after)
}

/** Built-in plug-ins that no kit ran, or that are not to be had from outside. */
const builtinFaults = (root, { constant, name, folder, home }) => {
  const at = join(root, "packages", folder)
  const tests = globSync(`${at}/test/**/*.ts`).map((file) => readFileSync(file, "utf8"))
  const running = tests.filter((text) => /[cC]onformance\(/.test(text))
  // A test of the kit walks the folder: by its kind, or by importing whatever name there is.
  const walked = running.some(
    (text) => text.includes(`builtinPlugins(${constant})`) || text.includes(`src/${home}/\${`)
  )
  const { exports } = json(join(at, "package.json"))
  const sources = Object.values(exports).flatMap((target) => target["@moira/source"] ?? [])
  const config = readFileSync(join(at, "tsup.config.ts"), "utf8")
  const entries = [...config.matchAll(/"(src\/[^"]+\.ts)"/g)].map(([, entry]) => entry)
  return builtinsIn(join(at, "src", home)).flatMap((builtin) => {
    const file = posix.join("src", home, builtin)
    const fault = (what) => `packages/${folder}/${file}: ${what}`
    const imported = running.some((text) => text.includes(`${file}"`))
    return [
      ...(walked || imported ? [] : [fault(`no test runs the kit of kind ${name} over it`)]),
      ...(sources.some((source) => matches(source, file)) ? [] : [fault("package.json does not export it")]),
      ...(entries.some((entry) => matches(entry, file)) ? [] : [fault("tsup.config.ts does not build it")])
    ]
  })
}

/** Subpaths that a package says it brings of a kind, in any of the forms that are read. */
const subpathsOf = (said) => (typeof said === "string" ? [said] : Object.values(said))

/** What packages say they bring, of kinds that there are, by exports that there are. */
const broughtFaults = (root, kinds) =>
  globSync(`${root}/{packages,examples}/*/package.json`).flatMap((file) => {
    const { moira = {}, exports = {} } = json(file)
    const told = relative(root, file)
    return Object.entries(moira).flatMap(([kind, said]) => [
      ...(kinds.some(({ name }) => name === kind) ? [] : [`${told}: moira.${kind} is no kind of plug-in`]),
      ...subpathsOf(said).flatMap((subpath) =>
        Object.keys(exports).some((entry) => matches(entry, subpath.replace(/^\.\//, "")))
          ? []
          : [`${told}: moira.${kind} is ${subpath}, which its exports do not have`]
      )
    ])
  })

/** What is wrong with the built-in plug-ins of the repository in a folder. */
export const kitFaults = (root = ".") => {
  const kinds = kindsOf(root)
  return [
    ...(kinds.length < 15 ? [`scripts/audit/kits.mjs: finds ${kinds.length} kinds of plug-ins alone`] : []),
    ...kinds.filter(({ home }) => home !== undefined).flatMap((kind) => builtinFaults(root, kind)),
    ...broughtFaults(root, kinds)
  ]
}
