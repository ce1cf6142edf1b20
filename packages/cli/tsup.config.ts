/**
 * The command as one bundle: it starts in a seventh of the time that its 800 modules took. Chunks are shared, and a command
 * loads its own. What is found or started at run time stays a file of `dist/`: commands, plug-ins, the modules of threads.
 */
import { library } from "@moira/tsup-config"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const packages = path.resolve("..")

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly "@moira/source": string }>>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(fs.readFileSync(path.join(packages, folder, "package.json"), "utf8")) as Manifest

/** Folders of a package and of all packages of the workspace that it is made of. */
const closure = (folder: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(folder)) return seen
  seen.add(folder)
  for (const [name, range] of Object.entries(manifestOf(folder).dependencies ?? {}))
    if (range.startsWith("workspace:")) closure(name.slice("@moira/".length), seen)
  return seen
}

/** Where a module of a package lies in the bundle, from `dist/`, without its ending: as in the package's own `dist/`. */
const placed = (folder: string, file: string): string =>
  path.posix.join(folder === "cli" ? "." : folder, file.slice("src/".length, -".ts".length))

/** Modules of the command that are found or started at run time. */
const ownModules = ["src/commands/*.ts"]

/** Modules that a package builds as files of their own, from its folder: what it finds or starts at run time is among them. */
const modulesOf = async (folder: string): Promise<ReadonlyArray<string>> => {
  const cwd = path.join(packages, folder)
  if (folder === "cli") return fs.globSync(["src/bin.ts", ...ownModules], { cwd })
  const { default: config } = (await import(pathToFileURL(path.join(cwd, "tsup.config.ts")).href)) as {
    readonly default: { readonly entry: ReadonlyArray<string> | Readonly<Record<string, string>> }
  }
  return fs.globSync(Object.values(config.entry), {
    cwd,
    exclude: ["src/index.ts", "src/testing.ts", "src/testing/**"]
  })
}

const folders = [...closure("cli")]
const modules = await Promise.all(folders.map(async (folder) => ({ folder, files: await modulesOf(folder) })))

/** Names under which packages export modules that are files of the bundle, such as a thread's or a plug-in's. */
const exported: ReadonlyArray<readonly [name: string, file: string]> = modules.flatMap(({ folder, files }) => {
  const { name, exports } = manifestOf(folder)
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return []
    const [before = "", after] = target["@moira/source"].slice("./".length).split("*")
    return files.flatMap((file) => {
      const exact = after === undefined
      if (exact ? file !== before : !file.startsWith(before) || !file.endsWith(after)) return []
      const star = exact ? "" : file.slice(before.length, file.length - after.length)
      return [[path.posix.join(name, subpath.replace("*", star)), placed(folder, file)] as const]
    })
  })
})

/** The module `bundled-files` of the bundle: where files of `dist/` are. A chunk does not know how deep it lies itself. */
const bundledFiles = `
const files = new Map(${JSON.stringify(exported)})
export const inDist = (file) => new URL("./dist/" + file + ".js", import.meta.resolve("@moira/cli/package.json")).href
export const resolved = (name) => files.has(name) ? inDist(files.get(name)) : import.meta.resolve(name)`

/**
 * A module of a package as part of the bundle. It looks for folders and threads from where its own package's build would have
 * it: a module that is a file of its own from there, any other from where the index would be. Every file may be where a
 * thread starts that loads plug-ins from outside, and shares Effect; but for `bin`, whose check of Node comes first.
 */
const relocated = (folder: string, file: string, text: string): string => {
  const isFile = modules.some((of) => of.folder === folder && of.files.includes(file))
  const place = JSON.stringify(placed(folder, isFile ? file : "src/index.ts"))
  const code = text.replaceAll("import.meta.url", `inDist(${place})`).replaceAll("import.meta.resolve(", "resolved(")
  const sharing = `import { shareEffect } from ${JSON.stringify(path.resolve("src/shared-effect.ts"))}; shareEffect(inDist("effect/index"), inDist("effect/cli"));`
  const shares = isFile && file !== "src/bin.ts"
  if (code === text && !shares) return text
  return `import { inDist, resolved } from "bundled-files"; ${shares ? sharing : ""}\n${code}`
}

/** CommonJS packages ask for modules of Node, and for some that are not there; all others are in the bundle. */
const requireOfNode = `const require = (name) => {
  const found = process.getBuiltinModule(name)
  if (found === undefined) throw new Error("Cannot find module '" + name + "'")
  return found
}`

const effect = createRequire(path.resolve("package.json"))

/** The bundle, which `moira` is. Names stay as they are, so that a report of a bug can be read without a map. */
const command = library({
  entry: {
    ...Object.fromEntries(
      modules.flatMap(({ folder, files }) =>
        files.map((file) => [placed(folder, file), path.join(packages, folder, file)] as const)
      )
    ),
    "effect/index": effect.resolve("effect"),
    "effect/cli": effect.resolve("effect/cli")
  },
  clean: ["!library/**"],
  silent: true,
  sourcemap: false,
  // Everything is in the bundle but the solver, which reads its WebAssembly from beside itself.
  noExternal: [/^(?!highs$)/],
  banner: { js: requireOfNode },
  esbuildOptions: (options) => {
    options.conditions = ["@moira/source"]
    options.chunkNames = "chunks/[name]-[hash]"
  },
  esbuildPlugins: [
    {
      name: "bundled-files",
      setup: (build) => {
        build.onResolve({ filter: /^bundled-files$/ }, () => ({ path: "bundled-files", namespace: "bundled-files" }))
        build.onLoad({ filter: /.*/, namespace: "bundled-files" }, () => ({ contents: bundledFiles }))
        build.onLoad({ filter: /[/\\]packages[/\\][^/\\]+[/\\]src[/\\].*\.ts$/ }, ({ path: file }) => {
          const [folder = "", ...rest] = path.relative(packages, file).split(path.sep)
          return { loader: "ts", contents: relocated(folder, rest.join("/"), fs.readFileSync(file, "utf8")) }
        })
      }
    }
  ]
})

/** The same as a library, which shares packages with who imports it. */
export default [
  command,
  library({ entry: ["src/index.ts", "src/testing.ts", ...ownModules], outDir: "dist/library", silent: true })
]
