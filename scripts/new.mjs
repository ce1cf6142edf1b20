// `npm run new -- KIND NAME`: copies the numbered example of the kind to packages/NAME, puts the name in and installs, so
// that the plug-in builds, lints, is tested and is found by name at once. No file is edited by hand.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const examples = new Map(
  globSync("examples/*-own-*", { cwd: root })
    .toSorted()
    .map((folder) => [folder.replace(/^.*-own-/, ""), folder])
)

const stop = (text) => {
  console.error(`${text}; usage: npm run new -- KIND NAME; kinds are ${[...examples.keys()].join(", ")}`)
  process.exit(2)
}

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
const sorted = (record) => Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** The copy is a package that can be published: a plug-in, no example. */
const manifestOf = (manifest, name) => {
  const { private: _, ...rest } = manifest
  return { ...rest, name: `@moira/${name}`, description: `${name}, a plug-in of Moira` }
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
writeJson(join(target, "package.json"), manifestOf(readJson(join(source, "package.json")), name))
writeFileSync(join(target, "turbo.json"), '{ "extends": ["//"], "tags": ["plugin"] }\n')

// What the workspace depends on is found by name from anywhere in it.
const workspace = join(root, "package.json")
const manifest = readJson(workspace)
writeJson(workspace, {
  ...manifest,
  devDependencies: sorted({ ...manifest.devDependencies, [`@moira/${name}`]: "workspace:^" })
})
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
