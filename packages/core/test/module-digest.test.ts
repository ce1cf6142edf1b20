/** A plug-in is another one when a file that it imports is. */
import { afterAll, assert, it } from "vitest"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { moduleDigests } from "../src/node/module-digest.ts"

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "moira-digest-")))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

/** A folder of files, of which `index.mjs` is the plug-in. */
const made = (name: string, files: Readonly<Record<string, string>>): string => {
  for (const [file, text] of Object.entries(files)) {
    const at = path.join(folder, name, file)
    fs.mkdirSync(path.dirname(at), { recursive: true })
    fs.writeFileSync(at, text)
  }
  return path.join(folder, name, "index.mjs")
}

const files = {
  "index.mjs": `import { a } from "./parts/a.mjs"
    import table from "./table.json" with { type: "json" }
    import "node:fs"
    export * from "effect"
    const weights = new URL("./weights.bin", import.meta.url)
    export default await import("./later.mjs")`,
  "parts/a.mjs": `export * from "../b.mjs"; import "./old.cjs"`,
  "parts/old.cjs": `require("./older")`,
  "parts/older.js": "",
  "b.mjs": `import "./index.mjs"`,
  "table.json": "{}",
  "weights.bin": "123",
  "later.mjs": "",
  "unused.mjs": ""
}

it("a module that imports nothing beside it is told by its own digest alone", () => {
  const text = `import { Effect } from "effect"; import "./absent.mjs"; import "./"; export default "./index.mjs"`
  assert.deepStrictEqual(moduleDigests(made("alone", { "index.mjs": text })), { sha256: sha256(text) })
})

it("each file that it leads to counts, wherever the folder lies, and no other", () => {
  const whole = moduleDigests(made("whole", files))
  assert.strictEqual(whole.sha256, sha256(files["index.mjs"]))
  assert.match(String(whole.importsSha256), /^[0-9a-f]{64}$/)
  assert.deepStrictEqual(moduleDigests(made("elsewhere/moved", files)), whole)
  for (const file of Object.keys(files).filter((name) => name !== "index.mjs")) {
    const changed = moduleDigests(
      made(`changed-${path.basename(file)}`, { ...files, [file]: `${files[file as "b.mjs"]} ` })
    )
    assert.strictEqual(changed.sha256, whole.sha256)
    assert.strictEqual(changed.importsSha256 === whole.importsSha256, file === "unused.mjs", file)
  }
})

it("a link is what it leads to", () => {
  const file = made("linked", files)
  fs.symlinkSync(file, path.join(folder, "link.mjs"))
  assert.deepStrictEqual(moduleDigests(path.join(folder, "link.mjs")), moduleDigests(file))
})

it("a folder has no digest", () => {
  assert.deepStrictEqual(moduleDigests(folder), {})
})
