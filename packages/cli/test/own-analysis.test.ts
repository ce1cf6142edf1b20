/** An analysis of one's own with its kind of result, from a folder outside the repository: example 05, copied. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { inScratch, moira, removeScratch } from "./moira.ts"

const repository = fileURLToPath(new URL("../../../", import.meta.url))
const store = inScratch("twin.moira")
const file = inScratch("outside", "working-set.ts")

beforeAll(async () => {
  const modules = inScratch("outside", "node_modules")
  fs.mkdirSync(path.join(modules, "@moira"), { recursive: true })
  for (const name of ["core", "trace", "results", "report"]) {
    fs.symlinkSync(path.join(repository, "packages", name), path.join(modules, "@moira", name))
  }
  const effect = createRequire(import.meta.url).resolve("effect/package.json")
  fs.symlinkSync(path.dirname(effect), path.join(modules, "effect"))
  fs.copyFileSync(path.join(repository, "examples/05-own-analysis/src/index.ts"), file)
  const made = await moira("synth", "--model", "mixtral-8x7b", "--requests", "6", "--out", store, "--quiet")
  assert.strictEqual(made.code, 0, made.stderr)
}, 120_000)
afterAll(removeScratch)

describe("an analysis of one's own", () => {
  it("runs beside Moira's, and ends in a chapter of the report", async () => {
    const out = inScratch("out")
    const done = await moira("analyze", store, "--with", file, "--out", out, "--quiet")
    assert.strictEqual(done.code, 0, done.stderr)
    const html = fs.readFileSync(path.join(out, "report.html"), "utf8")
    for (const part of ["Working sets", "Experts that one answer needs", "own-working-set/1", "Temporal patterns"]) {
      assert.include(html, part)
    }
    const document = JSON.parse(fs.readFileSync(path.join(out, "working-set.json"), "utf8")) as {
      readonly schema: string
      readonly result: { readonly layers: ReadonlyArray<{ readonly experts: number }> }
    }
    assert.strictEqual(document.schema, "own-working-set/1")
    assert.strictEqual(document.result.layers.length, 32)
    for (const { experts } of document.result.layers) assert.isTrue(experts >= 2 && experts <= 8)
    assert.isTrue(fs.existsSync(path.join(out, "tables", "own_working_set.csv")))

    const alone = inScratch("alone")
    const plain = await moira("analyze", store, "--out", alone, "--quiet")
    assert.strictEqual(plain.code, 0, plain.stderr)
    const analysis = (folder: string) => fs.readFileSync(path.join(folder, "analysis.json"), "utf8")
    assert.strictEqual(analysis(out), analysis(alone), "Moira's own documents do not know of it")

    const refused = await moira("report", path.join(out, "working-set.json"), "--out", inScratch("none"))
    assert.strictEqual(refused.code, 1)
    assert.include(refused.stderr, 'schema "own-working-set/1"')
    assert.strictEqual(refused.stderr.trim().split("\n").length, 1)

    const later = ["report", path.join(out, "working-set.json"), "--kind", file, "--out", inScratch("later")] as const
    const told = await moira(...later)
    assert.strictEqual(told.code, 0, told.stderr)
    assert.include(fs.readFileSync(inScratch("later", "report.md"), "utf8"), "Working sets")
  }, 120_000)

  const broken: ReadonlyArray<readonly [string, string, RegExp]> = [
    ["is no analysis", `export default { contract: "analysis/v1", id: "x" }`, /not a analysis|not an analysis/],
    [
      "throws",
      `export default { contract: "analysis/v1", id: "x", kind: { schema: "x/1" }, accumulator: () => ({ id: "x", empty: () => 0, add: () => { throw new Error("cannot count") }, merge: () => {}, finish: () => 1 }) }`,
      /^moira: analysis x \(\S*bad-1\.mjs\), layer 0: throws Error: cannot count; hint: /
    ],
    [
      "has the id of a file that is written anyway",
      `export default { contract: "analysis/v1", id: "analysis", kind: { schema: "x/1" }, accumulator: () => ({}) }`,
      /has the id analysis/
    ],
    [
      "gives what is no number",
      `import own from "./working-set.ts"\nexport default { ...own, accumulator: (c, o) => ({ ...own.accumulator(c, o), finish: () => ({ layers: [{ layer: 0, experts: NaN }] }) }) }`,
      /^moira: analysis working-set \(.*NaN/
    ],
    [
      "gives what its kind does not know",
      `import own from "./working-set.ts"\nexport default { ...own, accumulator: (c, o) => ({ ...own.accumulator(c, o), finish: () => ({ layers: [{ layer: 1.5, experts: 2 }] }) }) }`,
      /the result of analysis working-set \(\S*bad-\d\.mjs\): does not have the form of own-working-set\/1/
    ],
    [
      "counts what is no number",
      `import own from "./working-set.ts"\nexport default { ...own, accumulator: (c, o) => ({ ...own.accumulator(c, o), finish: () => ({ layers: [{ layer: 1, experts: NaN }] }) }) }`,
      /^moira: analysis working-set \(\S*bad-\d\.mjs\): gives NaN for result\.layers\.0\.experts; hint: /
    ],
    [
      "draws nothing that is a figure",
      `import own from "./working-set.ts"\nexport default { ...own, kind: { ...own.kind, figures: [{ id: "x", section: "y", draw: () => 5 }] } }`,
      /^moira: kind of result \S+ \(\S*bad-\d\.mjs\), figure x: gives 5, not what a report can tell; hint: /
    ],
    [
      "has a kind without figures that could be drawn",
      `import own from "./working-set.ts"\nexport default { ...own, kind: { ...own.kind, figures: [5] } }`,
      /bad-\d\.mjs: the kind of its result cannot be told: its figures\[0\] is 5, which lacks a field; hint: /
    ]
  ]
  for (const [i, [what, text, message]] of broken.entries()) {
    it(`that ${what} is a line with exit code 1`, async () => {
      const bad = inScratch("outside", `bad-${i}.mjs`)
      fs.writeFileSync(bad, text)
      const { code, stderr } = await moira("analyze", store, "--with", bad, "--out", inScratch("bad"), "--quiet")
      assert.strictEqual(code, 1, stderr)
      assert.match(stderr, message)
      assert.strictEqual(stderr.trim().split("\n").length, 1)
    }, 60_000)
  }
})
