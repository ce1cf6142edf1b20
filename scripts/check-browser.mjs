// Packages that run anywhere: every entry bundles for a browser without shims, no file of theirs uses what only Node
// has, and they type check without Node's types. What needs Node lies in a package's `src/node/` and is its `/node`.
import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, join, relative } from "node:path"
import { build, transform } from "esbuild"

/** Packages of files, downloads and processes; all others run anywhere, new ones too. */
const nodePackages = ["cli", "hub", "ingest", "reproduce"]
/** Sources of Node: folders `node`, their entry, plain code for threads, the runner of threads; and of tests. */
const nodeSource = /^packages\/[^/]+\/src\/((node|testing)(\/|\.ts$)|(thread|segments|runners\/threads)\.ts$)/

const packages = globSync("packages/*/package.json")
  .map((file) => ({ folder: dirname(file), ...JSON.parse(readFileSync(file, "utf8")) }))
  .toSorted((a, b) => (a.folder < b.folder ? -1 : 1))
const anywhere = packages.filter(({ folder }) => !nodePackages.includes(folder.slice("packages/".length)))

/** Entries of a package with the files behind them, patterns as every file that matches. */
const entriesOf = ({ name, folder, exports }) =>
  Object.entries(exports)
    .filter(([entry]) => !entry.endsWith(".json"))
    .map(([entry, target]) => ({
      name: join(name, entry),
      files: globSync(join(folder, target["@moira/source"]))
    }))

const entries = anywhere.flatMap(entriesOf)
const browserFiles = entries.flatMap(({ files }) => files.filter((file) => !nodeSource.test(file)))
const nodeEntries = new Set(
  entries.filter(({ files }) => files.some((file) => nodeSource.test(file))).map(({ name }) => name)
)
/** What a package takes where it is installed, as `milp` takes HiGHS: the page's own to bring. */
const optional = anywhere.flatMap(({ peerDependenciesMeta = {} }) =>
  Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name].optional)
)

const builtin = new Set(builtinModules)
/** Whether a specifier in a file means Node: a module of its own, or a package, an entry or a source of ours that needs it. */
const isNode = (specifier, file) => {
  if (specifier.startsWith(".")) return nodeSource.test(join(dirname(file), specifier))
  const ours = nodePackages.some((name) => `${specifier}/`.startsWith(`@moira/${name}/`))
  return specifier.startsWith("node:") || builtin.has(specifier) || ours || nodeEntries.has(specifier)
}

const faults = new Set()

/** Bundles entries for a browser and gives the sources that went in; what needs Node is told by the file that asks for it. */
const bundle = async (entryPoints) => {
  const noNode = {
    name: "no-node",
    setup: ({ onResolve }) =>
      onResolve({ filter: /./ }, ({ path, importer }) => {
        const file = relative(".", importer)
        if (importer === "" || !isNode(path, file)) return undefined
        faults.add(`${file}: imports ${path}`)
        return { path, external: true }
      })
  }
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    write: false,
    outdir: "out",
    metafile: true,
    platform: "browser",
    format: "esm",
    target: "es2024",
    conditions: ["@moira/source"],
    external: optional,
    logLevel: "error",
    plugins: [noNode]
  })
  return Object.keys(metafile.inputs).filter((file) => file.startsWith("packages/"))
}

/** Free names that browsers do not have, by a marker that esbuild puts in the place of each. */
const freeNames = async (file) => {
  const names = ["Buffer", "process", "require", "__dirname", "__filename", "setImmediate"]
  const define = Object.fromEntries(names.map((name) => [name, `__node_${name}__`]))
  const { code } = await transform(readFileSync(file, "utf8"), { loader: "ts", define })
  return names.filter((name) => code.includes(`__node_${name}__`))
}

// Not only what entries reach: also plug-ins found by folder, and what will be exported tomorrow.
const sources = anywhere
  .flatMap(({ folder }) => globSync(`${folder}/src/**/*.ts`))
  .filter((file) => !nodeSource.test(file))
const bundled = (await bundle(browserFiles)).filter((file) => file.endsWith(".ts"))
for (const file of new Set([...bundled, ...sources])) {
  for (const name of await freeNames(file)) faults.add(`${file}: uses ${name}`)
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g))
    if (isNode(specifier, file) && !nodeSource.test(file)) faults.add(`${file}: imports ${specifier}`)
}

const types = spawnSync("tsc", ["-p", "tooling/tsconfig/browser.json", "--pretty", "false"], { encoding: "utf8" })
const checked = new Set(sources)
for (const line of types.stdout.split("\n")) if (checked.has(line.split("(")[0])) faults.add(line)
if (types.error !== undefined) faults.add(`tsc: ${types.error.message}`)

console.log(
  faults.size === 0
    ? `browser: ${browserFiles.length} entries of ${anywhere.length} packages bundle and type check without Node`
    : [...faults].join("\n")
)
process.exit(faults.size === 0 ? 0 : 1)
