import { assert, beforeAll, it } from "@effect/vitest"
import { builtinNames, importPlugin, loadPlugin } from "../src/node/plugins.ts"
import { type PluginKind } from "../src/plugin.ts"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll } from "vitest"
import { pathToFileURL } from "node:url"

interface Dice {
  readonly sides: number
}

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "moira-plugin-")))
const builtins = path.join(folder, "builtins")
const project = path.join(folder, "project")
const here = process.cwd()

const dice: PluginKind<Dice> = {
  kind: "dice",
  folder: pathToFileURL(`${builtins}/`),
  is: (value): value is Dice => typeof value === "object" && value !== null && "sides" in value
}

/** An ES module package below the project's node_modules. */
const install = (name: string, exports: unknown, source: string) => {
  const root = path.join(project, "node_modules", name)
  fs.mkdirSync(root, { recursive: true })
  fs.writeFileSync(path.join(root, "package.json"), JSON.stringify({ name, type: "module", exports }))
  fs.writeFileSync(path.join(root, "index.js"), source)
}

beforeAll(() => {
  fs.mkdirSync(builtins)
  const write = (name: string, text: string) => fs.writeFileSync(path.join(builtins, name), text)
  write("six.ts", "const sides: number = 6\nexport default { sides }\n")
  write("twenty.js", "export default { sides: 20 }\n")
  write("seven.js", "export default 7\n")
  write("broken.js", 'throw new Error("no dice today\\nsecond line")\n')
  write("unparsable.js", "export default {\n")
  for (const name of ["six.d.ts", "twenty.js.map", "twenty.d.ts.map", "notes.md"]) write(name, "{}")
  fs.writeFileSync(path.join(builtins, "package.json"), '{"type":"module"}')

  install("acme-dice", "./index.js", "export default { sides: 12 }\n")
  install("@acme/dice", { ".": { types: "./index.d.ts", default: "./index.js" } }, "export default { sides: 10 }\n")
  install("import-only", { ".": { import: "./index.js" } }, "export default { sides: 9 }\n")
  fs.writeFileSync(path.join(project, "own.ts"), "export default { sides: 4 as const }\n")
  process.chdir(project)
})

afterAll(() => {
  process.chdir(here)
  fs.rmSync(folder, { recursive: true })
})

it("knows its built-ins by file: code, sorted, without types and maps", () => {
  assert.deepStrictEqual(builtinNames(dice), ["broken", "seven", "six", "twenty", "unparsable"])
})

const found: ReadonlyArray<readonly [how: string, name: string, sides: number, file: string]> = [
  ["a built-in in TypeScript", "six", 6, "builtins/six.ts"],
  ["a built-in in JavaScript", "twenty", 20, "builtins/twenty.js"],
  ["a relative path", "./own.ts", 4, "project/own.ts"],
  ["a path to a parent", "../builtins/six.ts", 6, "builtins/six.ts"],
  ["a package", "acme-dice", 12, "project/node_modules/acme-dice/index.js"],
  ["a scoped package", "@acme/dice", 10, "project/node_modules/@acme/dice/index.js"]
]

it.effect.each(found)("loads %s", ([, name, sides, file]) =>
  Effect.gen(function* () {
    const { plugin, module } = yield* loadPlugin(dice, name)
    assert.deepStrictEqual(plugin, { sides })
    assert.strictEqual(module, pathToFileURL(path.join(folder, file)).href)
    assert.strictEqual(yield* importPlugin(dice, module), plugin, "the module gives the same plug-in again")
  })
)

it.effect("loads an absolute path", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual((yield* loadPlugin(dice, path.join(project, "own.ts"))).plugin, { sides: 4 })
  })
)

const unknown: ReadonlyArray<readonly [name: string, what: string]> = [
  ["sixx", "unknown dice"],
  ["six.d", "unknown dice"],
  ["notes", "unknown dice"],
  ["", "unknown dice"],
  ["http://[", "unknown dice"],
  ["%2e%2e%2fproject%2fown", "unknown dice"],
  ["@acme/absent", "unknown dice"],
  ["x/../six", "unknown dice"],
  ["./absent.ts", "no such file"],
  ["/absent.ts", "no such file"],
  ["import-only", 'no "default" entry']
]

it.effect.each(unknown)("says why %j did not resolve, and what there is", ([name, what]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(loadPlugin(dice, name))
    assert.deepStrictEqual([error._tag, error.reason, error.where], ["PluginError", "Unknown", name])
    assert.include(error.what, what)
    for (const builtin of builtinNames(dice)) assert.include(error.hint, builtin)
  })
)

it.effect("puts the nearest name first", () =>
  Effect.gen(function* () {
    const { hint } = yield* Effect.flip(loadPlugin(dice, "tweny"))
    assert.match(hint, /^built in are twenty, /)
  })
)

const notLoadable: ReadonlyArray<readonly [how: string, name: string, what: string]> = [
  ["throws", "broken", "no dice today"],
  ["does not parse", "unparsable", "cannot be imported"],
  ["is a directory", "./node_modules", "cannot be imported"]
]

it.effect.each(notLoadable)("a module that %s is NotLoadable, in one line", ([, name, what]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(loadPlugin(dice, name))
    assert.strictEqual(error.reason, "NotLoadable")
    assert.include(error.what, what)
    assert.notInclude(error.message, "\n")
  })
)

it.effect("a default export of another kind, or none, is NotThisKind", () =>
  Effect.gen(function* () {
    fs.writeFileSync(path.join(project, "none.js"), "export const sides = 6\n")
    for (const name of ["seven", "./none.js"]) {
      const error = yield* Effect.flip(loadPlugin(dice, name))
      assert.strictEqual(error.reason, "NotThisKind")
      assert.include(error.message, "dice")
    }
  })
)
