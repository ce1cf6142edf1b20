/** Whose an error is, by the places that its stack names. */
import { afterAll, assert, beforeAll, it } from "vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { nodePluginsFrom } from "../src/node/plugins.ts"
import { throwingPlugin } from "../src/node/strangers.ts"
import { pluginKind } from "../src/plugin.ts"
import { loadPlugin } from "../src/plugins.ts"

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "moira-strangers-")))
const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true })
  fs.writeFileSync(at(name), text)
}
const manifest = (folder: string, fields: object) =>
  write(`${folder}/package.json`, JSON.stringify({ type: "module", ...fields }))

interface Horn {
  readonly contract: "horn/v1"
}
const horn = pluginKind<Horn>({ name: "horn", title: "horn", contract: "horn/v1" })
const plugin = 'export default { contract: "horn/v1" }\n'

const app = "app/node_modules/@moira/app"
const stranger = "app/node_modules/@moira/stranger"

beforeAll(async () => {
  // An app, a package that it is made of, one of its scope that is a stranger's, a library, and plug-ins by path.
  manifest("app", { name: "of-the-user", dependencies: { "@moira/app": "1", "@moira/stranger": "1" } })
  manifest(app, { name: "@moira/app", dependencies: { "@moira/part": "1", library: "1" } })
  manifest("app/node_modules/@moira/part", { name: "@moira/part" })
  manifest("app/node_modules/library", { name: "library" })
  manifest(stranger, { name: "@moira/stranger", exports: "./src/index.js", moira: { horn: "." } })
  write(`${stranger}/src/index.js`, plugin)
  for (const name of ["mine.js", "other.js"]) write(`loose/${name}`, plugin)
  const load = (name: string) => loadPlugin(horn, name)
  await Effect.runPromise(
    Effect.forEach(["@moira/stranger", at("loose/mine.js"), at("loose/other.js")], load).pipe(
      Effect.provide(nodePluginsFrom({ app: pathToFileURL(at(app, "dist/bin.js")).href, directory: at("app") }))
    )
  )
})

afterAll(() => fs.rmSync(root, { recursive: true }))

const thrownAt = (files: ReadonlyArray<string>, asUrl: boolean): Error => {
  const places = files.map((file) =>
    file.startsWith("node:") ? file : asUrl ? pathToFileURL(at(file)).href : at(file)
  )
  const lines = places.map((place, i) => (i % 2 === 0 ? `    at f (${place}:3:${i + 1})` : `    at async ${place}:3:1`))
  return Object.assign(new Error("no"), { stack: ["Error: no", ...lines].join("\n") })
}

const cases: ReadonlyArray<readonly [what: string, files: ReadonlyArray<string>, whose: string | undefined]> = [
  ["a plug-in's own module", ["loose/mine.js", `${app}/dist/bin.js`], "loose/mine.js"],
  ["a helper beside it", ["loose/help/deep.js", "loose/other.js", `${app}/dist/bin.js`], "loose/other.js"],
  ["a package of the app's scope that is a stranger's", [`${stranger}/src/index.js`], `${stranger}/src/index.js`],
  ["another file of that package", [`${stranger}/lib/help.js`, `${app}/dist/bin.js`], `${stranger}/src/index.js`],
  [
    "a library that a plug-in calls",
    ["node:fs", "app/node_modules/library/index.js", "loose/mine.js", `${app}/dist/bin.js`],
    "loose/mine.js"
  ],
  [
    "a library that is installed beside a plug-in",
    ["loose/node_modules/library/index.js", "loose/other.js"],
    "loose/other.js"
  ],
  [
    "a library that the app calls",
    ["app/node_modules/library/index.js", `${app}/dist/bin.js`, "loose/mine.js"],
    undefined
  ],
  ["the app, called by a plug-in", [`${app}/dist/bin.js`, "loose/mine.js"], undefined],
  [
    "a package that the app is made of",
    ["app/node_modules/@moira/part/index.js", `${stranger}/src/index.js`],
    undefined
  ],
  ["code that nobody knows", ["elsewhere/x.js"], undefined]
]

it.each(cases)("%s", (_, files, whose) => {
  for (const asUrl of [true, false]) {
    const told = throwingPlugin(thrownAt(files, asUrl))
    assert.strictEqual(told?.module, whose === undefined ? undefined : pathToFileURL(at(whose)).href)
    assert.strictEqual(told?.kind, whose === undefined ? undefined : "horn")
  }
})

it("what is no error, or has no stack, is nobody's", () => {
  assert.isUndefined(throwingPlugin("no"))
  assert.isUndefined(throwingPlugin(Object.assign(new Error("no"), { stack: "Error: no" })))
})
