// `npm run new -- KIND NAME`: copies the numbered example of the kind to packages/NAME, puts the name in and installs, so
// that the plug-in builds, lints, is tested and is found by name at once. No file is edited by hand.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { kindFolders } from "./kinds/examples.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const examples = new Map(kindFolders(root).map((folder) => [folder.replace(/^.*-own-/, ""), folder]))

const stop = (text) => {
  console.error(`${text}; usage: npm run new -- KIND NAME; kinds are ${[...examples.keys()].join(", ")}`)
  process.exit(2)
}

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

/** The copy is a package that can be published: a plug-in, no example. */
const manifestOf = (manifest, name) => {
  const { private: _, ...rest } = manifest
  return { ...rest, name: `@moira/${name}`, description: `${name}, a plug-in of Moira` }
}

/** What plugs into the library or an app stands above it. */
const tagOf = (folder) => {
  const { dependencies, devDependencies } = readJson(join(folder, "package.json"))
  const tags = Object.keys({ ...dependencies, ...devDependencies })
    .map((needed) => join(root, "packages", needed.replace("@moira/", ""), "turbo.json"))
    .filter(existsSync)
    .flatMap((file) => readJson(file).tags)
  return tags.some((tag) => tag === "library" || tag === "app") ? "extension" : "plugin"
}

const [kind, name] = process.argv.slice(2)
const example = examples.get(kind ?? "")
if (example === undefined) stop(`${kind ?? "nothing"} cannot be made`)
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? "")) stop(`${name ?? "no name"} is not a kebab-case name`)
const target = join(root, "packages", name)
if (existsSync(target)) stop(`packages/${name} exists`)

const source = join(root, example)
cpSync(source, target, {
  recursive: true,
  filter: (path) => !/node_modules|dist|\.turbo/.test(path.slice(source.length))
})
const copied = globSync("**/*", { cwd: target, withFileTypes: true }).filter((entry) => entry.isFile())
for (const file of copied) {
  const path = join(file.parentPath, file.name)
  const text = readFileSync(path, "utf8")
    .replaceAll(`./${example}/`, `./packages/${name}/`)
    .replaceAll(/\[\w+ \w+\]\(\.\.\/\d+-own-\w+\)|\[(\w+)\]\(\.\.\/\d+-own-[\w-]+\)/g, "$1")
    .replaceAll(`own-${kind}`, name)
  writeFileSync(path, text)
}
writeJson(join(target, "package.json"), manifestOf(readJson(join(target, "package.json")), name))
writeFileSync(join(target, "turbo.json"), `{ "extends": ["//"], "tags": ["${tagOf(target)}"] }\n`)

// What the workspace brings is found by name in it. Not as a dependency: all packages would depend on it through the workspace.
const workspace = join(root, "package.json")
const manifest = readJson(workspace)
const { moira: brought, exports } = readJson(join(target, "package.json"))
const moira = structuredClone(manifest.moira ?? {})
for (const [word, said] of Object.entries(brought)) {
  const entry = exports[typeof said === "string" ? said : said[name]]["@moira/source"]
  moira[word] = { ...moira[word], [name]: `./packages/${name}/${entry.slice("./".length)}` }
}
writeJson(workspace, { ...manifest, moira })
// CI freezes lockfiles by default: a new package has to be written into it.
const { status } = spawnSync("npx", ["--yes", manifest.packageManager, "install", "--no-frozen-lockfile"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
  shell: process.platform === "win32"
})
if (status !== 0) process.exit(status ?? 1)
console.log(
  `made packages/${name}; next: npm test -- --project ${name}, then packages/${name}/src/index.ts; it is found by the name ${name}`
)
