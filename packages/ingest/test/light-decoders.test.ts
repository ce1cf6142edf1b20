/** Threads load decoders and codecs, and a thread that loads Effect starts later than many files take to be read. */
import { assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"

const source = new URL("../src/", import.meta.url)
const modules = ["codecs.ts", ...fs.globSync("formats/*/decoder.ts", { cwd: source })].map(
  (file) => new URL(file, source).href
)

/** Imports each module given and prints the URLs of all that was loaded. */
const program = `
  import { registerHooks } from "node:module"
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  for (const module of process.argv.slice(1)) await import(module)
  console.log(loaded.join("\\n"))`

it("no decoder and no codec loads Effect", () => {
  const flags = ["--conditions=@moira/source", "--input-type=module", "--eval", program]
  const loaded = execFileSync(process.execPath, [...flags, ...modules], { encoding: "utf8" })
    .trim()
    .split("\n")
  for (const module of modules) assert.include(loaded, module)
  const heavy = loaded.filter((url) => /\/node_modules\/(?:effect|@effect)\//.test(url))
  assert.deepStrictEqual(heavy, [])
})
