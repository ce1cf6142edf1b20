import { assert, beforeAll, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll } from "vitest"
import { pluginKind } from "../src/plugin.ts"
import { Plugins } from "../src/plugins.ts"
import { Stage } from "../src/stage.ts"
import { builtinNames } from "../src/node/builtins.ts"
import { nodePlugins } from "../src/node/plugins.ts"

interface Dice {
  readonly sides: number
}

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "moira-plugin-")))
const kit = path.join(folder, "kit")
const builtins = path.join(kit, "builtins")
const project = path.join(folder, "project")
const here = process.cwd()

const dice = pluginKind<Dice>({
  name: "dice",
  contract: "dice/v1",
  home: "@moira/kit/builtins",
  from: pathToFileURL(path.join(kit, "kind.js")).href,
  is: (value): value is Dice => typeof value === "object" && value !== null && "sides" in value
})

class Thrown extends Stage<Thrown>()("test/Thrown", dice) {}

const load = (name: string, from?: string) => Plugins.use((plugins) => plugins.load(dice, name, from))

const writeJson = (directory: string, manifest: object) => {
  fs.mkdirSync(directory, { recursive: true })
  fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ type: "module", ...manifest }))
}

/** An ES module package below the project's node_modules. */
const install = (name: string, exports: unknown, files: string | Record<string, string>, moira?: unknown) => {
  const root = path.join(project, "node_modules", name)
  writeJson(root, { name, exports, moira })
  for (const [file, text] of Object.entries(typeof files === "string" ? { "index.js": files } : files))
    fs.writeFileSync(path.join(root, file), text)
}

beforeAll(() => {
  writeJson(kit, { name: "@moira/kit", exports: { "./builtins/*": "./builtins/*.ts" } })
  fs.mkdirSync(builtins)
  const write = (name: string, text: string) => fs.writeFileSync(path.join(builtins, name), text)
  write("six.ts", "const sides: number = 6\nexport default { sides }\n")
  write("twenty.js", "export default { sides: 20 }\n")
  write("seven.js", "export default 7\n")
  write("newer.js", 'export default { sides: 6, contract: "dice/v2" }\n')
  write("broken.js", 'throw new Error("no dice today\\nsecond line")\n')
  write("unparsable.js", "export default {\n")
  for (const name of ["six.d.ts", "twenty.js.map", "twenty.d.ts.map", "notes.md"]) write(name, "{}")
  fs.mkdirSync(path.join(builtins, "pair"))
  write("pair/index.ts", "export default { sides: 36 }\n")
  fs.mkdirSync(path.join(builtins, "parts"))
  write("parts/no-index.ts", "export default { sides: 36 }\n")

  const main = { ".": "./index.js", "./coin": "./coin.js", "./cube": "./cube.js" }
  const sides = (n: number) => `export default { sides: ${n} }\n`
  install("acme-dice", "./index.js", sides(12))
  install("@acme/dice", { ".": { types: "./index.d.ts", default: "./index.js" } }, sides(10))
  install("import-only", { ".": { import: "./index.js" } }, sides(9))
  install("require-only", { ".": { require: "./index.js" } }, sides(9))
  install("no-exports", undefined, sides(11))
  install("@acme/coins", main, { "index.js": sides(2), "coin.js": sides(3) }, { dice: "." })
  install("two-dice", main, { "coin.js": sides(4), "cube.js": sides(5) }, { dice: ["./coin", "./cube"] })
  install("named-dice", main, { "cube.js": sides(8) }, { dice: { "own-cube": "./cube" } })
  install("others", main, "", { cards: "." })
  install("lost", main, "", { dice: { lost: "./nowhere" } })
  writeJson(project, {
    moira: { dice: { mine: "./own.ts" } },
    dependencies: { "@acme/coins": "1", others: "1" },
    devDependencies: { "named-dice": "1" },
    optionalDependencies: { "two-dice": "1", "not-there": "1" }
  })
  fs.writeFileSync(path.join(project, "own.ts"), "export default { sides: 4 as const }\n")
  process.chdir(project)
})

afterAll(() => {
  process.chdir(here)
  fs.rmSync(folder, { recursive: true })
})

const ofFolder = ["broken", "newer", "pair", "seven", "six", "twenty", "unparsable"]

it("knows its built-ins by file or folder: code, sorted, without types and maps", () => {
  assert.deepStrictEqual(builtinNames(dice), ofFolder)
})

it.effect("names built-ins, what the nearest package.json brings, and what the packages bring that it depends on", () =>
  Effect.gen(function* () {
    const names = (yield* Plugins).names(dice)
    assert.deepStrictEqual(names, [...ofFolder, "coin", "coins", "cube", "mine", "own-cube"])
  }).pipe(Effect.provide(nodePlugins))
)

const found: ReadonlyArray<readonly [how: string, name: string, sides: number, file: string]> = [
  ["a built-in in TypeScript", "six", 6, "kit/builtins/six.ts"],
  ["a built-in in JavaScript", "twenty", 20, "kit/builtins/twenty.js"],
  ["a built-in of several files", "pair", 36, "kit/builtins/pair/index.ts"],
  ["a relative path", "./own.ts", 4, "project/own.ts"],
  ["a path to a parent", "../kit/builtins/six.ts", 6, "kit/builtins/six.ts"],
  ["a package", "acme-dice", 12, "project/node_modules/acme-dice/index.js"],
  ["a scoped package", "@acme/dice", 10, "project/node_modules/@acme/dice/index.js"],
  ["a package with imports only", "import-only", 9, "project/node_modules/import-only/index.js"],
  ["a package without exports", "no-exports", 11, "project/node_modules/no-exports/index.js"],
  ["a subpath of a package", "@acme/coins/coin", 3, "project/node_modules/@acme/coins/coin.js"],
  ["the one that a package brings, by its last name", "coins", 2, "project/node_modules/@acme/coins/index.js"],
  ["the one that a package brings, by its whole name", "@acme/coins", 2, "project/node_modules/@acme/coins/index.js"],
  ["one of a package's list", "cube", 5, "project/node_modules/two-dice/cube.js"],
  ["one that the package around the working directory names", "mine", 4, "project/own.ts"],
  ["one that a package names", "own-cube", 8, "project/node_modules/named-dice/cube.js"]
]

it.effect.each(found)("loads %s", ([, name, sides, file]) =>
  Effect.gen(function* () {
    const plugins = yield* Plugins
    const { plugin, module } = yield* plugins.load(dice, name)
    assert.deepStrictEqual(plugin, { sides })
    assert.strictEqual(module, pathToFileURL(path.join(folder, file)).href)
    assert.strictEqual(yield* plugins.open(dice, module), plugin, "the module gives the same plug-in again")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("loads an absolute path", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual((yield* load(path.join(project, "own.ts"))).plugin, { sides: 4 })
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("sees paths and packages from the module that names them", () =>
  Effect.gen(function* () {
    process.chdir(here)
    const from = pathToFileURL(path.join(project, "strategy.ts")).href
    assert.deepStrictEqual((yield* load("./own.ts", from)).plugin, { sides: 4 })
    assert.deepStrictEqual((yield* load("acme-dice", from)).plugin, { sides: 12 })
    assert.deepStrictEqual((yield* load("six", from)).plugin, { sides: 6 })
    const error = yield* Effect.flip(load("./absent.ts", from))
    assert.strictEqual(error.what, `no such file in ${project}`)
    process.chdir(project)
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("a stage is provided by name or as a value", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* Thrown.pipe(Effect.provide(Thrown.named("twenty")))).sides, 20)
    assert.strictEqual((yield* Thrown.pipe(Effect.provide(Thrown.layer({ sides: 3 })))).sides, 3)
    const error = yield* Effect.flip(Thrown.pipe(Effect.provide(Thrown.named("twentyy"))))
    assert.strictEqual(error.reason, "Unknown")
  }).pipe(Effect.provide(nodePlugins))
)

const unknown: ReadonlyArray<readonly [name: string, what: string]> = [
  ["sixx", "unknown dice: no built-in and no installed package"],
  ["six.d", "unknown dice"],
  ["parts", "unknown dice"],
  ["notes", "unknown dice"],
  ["", "unknown dice"],
  ["http://[", "unknown dice"],
  ["%2e%2e%2fproject%2fown", "unknown dice"],
  ["@acme/absent", `unknown dice: no built-in and no installed package seen from ${project}`],
  ["x/../six", "unknown dice"],
  ["./absent.ts", "no such file"],
  ["/absent.ts", "no such file"],
  ["require-only", 'the package is installed, but its exports have no "." to import'],
  ["lost", 'the package is installed, but its exports have no "./nowhere" to import'],
  ["@acme/coins/penny", 'the package is installed, but its exports have no "./penny" to import']
]

it.effect.each(unknown)("says why %j did not resolve, and what there is", ([name, what]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(load(name))
    assert.deepStrictEqual([error._tag, error.reason, error.where], ["PluginError", "Unknown", name])
    assert.include(error.what, what)
    for (const known of [...builtinNames(dice), "installed are", "own-cube"]) assert.include(error.hint, known)
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("puts the nearest name first", () =>
  Effect.gen(function* () {
    const { hint } = yield* Effect.flip(load("tweny"))
    assert.match(hint, /^built in are twenty, /)
  }).pipe(Effect.provide(nodePlugins))
)

const notLoadable: ReadonlyArray<readonly [how: string, name: string, what: string]> = [
  ["throws", "broken", "no dice today"],
  ["does not parse", "unparsable", "cannot be imported"],
  ["is a directory", "./node_modules", "cannot be imported"]
]

it.effect.each(notLoadable)("a module that %s is NotLoadable, in one line", ([, name, what]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(load(name))
    assert.strictEqual(error.reason, "NotLoadable")
    assert.include(error.what, what)
    assert.notInclude(error.message, "\n")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("a default export of another kind, or none, is NotThisKind", () =>
  Effect.gen(function* () {
    fs.writeFileSync(path.join(project, "none.js"), "export const sides = 6\n")
    for (const name of ["seven", "./none.js"]) {
      const error = yield* Effect.flip(load(name))
      assert.strictEqual(error.reason, "NotThisKind")
      assert.include(error.message, "dice")
    }
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("one of another version is refused with both versions named", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(load("newer"))
    assert.strictEqual(error.reason, "OtherVersion")
    assert.strictEqual(error.what, "is dice/v2; this Moira reads dice/v1")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("all of a kind fail with the one that cannot be had", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip((yield* Plugins).all(dice))
    assert.strictEqual(error.reason, "NotLoadable")
    assert.include(error.where, "broken.js")
  }).pipe(Effect.provide(nodePlugins))
)
