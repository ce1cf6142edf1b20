/** `moira compare` as users run it: on files, on folders of sweeps, and on what is neither. */
import { ComparisonDocument, withoutDigest } from "@moira/results"
import { Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, beforeAll, it } from "vitest"
import { compareText, wrapped } from "../src/terminal/compare-text.ts"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 120_000
const store = inScratch("twin.moira")
const folder = inScratch("sweep")
/** Not in the order of the names of their files. */
const links = [9e9, 1e11, 1e12]
const file = (link: number) => path.join(folder, "points", `link-${link}.json`)

const decode = (text: string) => Schema.decodeUnknownSync(ComparisonDocument)(withoutDigest(JSON.parse(text)))

beforeAll(async () => {
  const made = await moira("synth", "--model", "mixtral-8x7b", "--requests", "8", "--out", store, "--quiet")
  assert.strictEqual(made.code, 0, made.stderr)
  for (const link of links) {
    const args = ["--machine", "dojo", "--set", `linkBytesPerSec=${link}`, "--strategy", "base,ep", "--batch", "16"]
    const { code, stderr } = await moira(
      "simulate",
      store,
      ...args,
      "--steps",
      "2",
      "--out",
      file(link),
      "--runner",
      "inline",
      "--workers",
      "1",
      "--quiet"
    )
    assert.strictEqual(code, 0, stderr)
  }
  const points = [
    ...links.map((link) => ({
      key: `link-${link}`,
      at: { "machine.linkBytesPerSec": link, "twin.skew": 1.2, deadDies: [[1, 1]] },
      state: "done",
      file: `points/link-${link}.json`
    })),
    {
      key: "link-9",
      at: { "machine.linkBytesPerSec": 9 },
      state: "failed",
      failure: { reason: "BadOption", where: "machine", what: "the machine is too small", hint: "none" }
    }
  ]
  fs.writeFileSync(
    path.join(folder, "sweep.json"),
    JSON.stringify({ schema: "moira-sweep/1", moira: "1", axes: [], points })
  )
}, seconds)

it(
  "a folder of a sweep: the answer on stdout, the document and the report in --out",
  async () => {
    const out = inScratch("compared")
    const { code, stdout, stderr } = await moira("compare", folder, "--by", "machine.linkBytesPerSec", "--out", out)
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^Fastest of 3 machines is dojo, link /)
    assert.include(stdout, "Point link 9 B/s: the machine is too small")
    assert.match(stderr, /wrote \S+comparison\.json, \S+report\.html/)
    const { comparison } = decode(fs.readFileSync(path.join(out, "comparison.json"), "utf8"))
    assert.deepStrictEqual(comparison.axes.find(({ field }) => field === "machine.linkBytesPerSec")?.values, links)
    assert.deepStrictEqual([comparison.constants["twin.skew"], comparison.constants["deadDies"]], [1.2, "[[1,1]]"])
    assert.deepStrictEqual(
      comparison.sources.map(({ name }) => name),
      links.map((link) => `link-${link}`),
      "points come in the order of the experiment"
    )
    const html = fs.readFileSync(path.join(out, "report.html"), "utf8")
    for (const id of ["compared-machines", "pareto-front", "scaling-curves", "sensitivity", "time-waterfall"])
      assert.include(html, `-${id}"`)
    assert.isTrue(fs.existsSync(path.join(out, "tables", "compared_rows.csv")))
    const again = await moira(
      "report",
      path.join(out, "comparison.json"),
      "--out",
      inScratch("again"),
      "--format",
      "html"
    )
    assert.strictEqual(again.code, 0, again.stderr)
    assert.strictEqual(fs.readFileSync(inScratch("again", "report.html"), "utf8"), html)
  },
  seconds
)

it(
  "files as they are: the same rows, and JSON alone with --json",
  async () => {
    const { code, stdout, stderr } = await moira(
      "compare",
      ...links.map(file),
      "--json",
      "--baseline",
      "base",
      "--against",
      "money",
      "--price",
      "units=30000,dojo:1=5e5"
    )
    assert.strictEqual(code, 0, stderr)
    const { comparison } = decode(stdout)
    assert.strictEqual(comparison.rows.length, 6)
    assert.strictEqual(comparison.baseline, "base")
    assert.deepStrictEqual(
      comparison.machines.map(({ costs }) => costs["money"]),
      [1.25e6, 1.25e6, 1.25e6]
    )
    const prices = inScratch("prices.json")
    fs.writeFileSync(prices, JSON.stringify({ units: 30_000, "dojo:1": 5e5 }))
    const same = await moira(
      "compare",
      ...links.map(file),
      "--json",
      "--baseline",
      "base",
      "--against",
      "money",
      "--price",
      prices
    )
    assert.strictEqual(same.stdout, stdout)
    const only = await moira(
      "compare",
      folder,
      "--json",
      "--only",
      "strategy=ep",
      "--reference",
      "linkBytesPerSec=1e12"
    )
    assert.deepStrictEqual(
      decode(only.stdout).comparison.rows.map(({ at }) => at["machine.linkBytesPerSec"]),
      links
    )
    assert.strictEqual(decode(only.stdout).comparison.reference, 2)
  },
  seconds
)

const none = inScratch("none")
const text = inScratch("text.json")
const other = inScratch("other.json")
beforeAll(() => {
  fs.mkdirSync(none)
  fs.writeFileSync(text, "no JSON")
  fs.writeFileSync(other, JSON.stringify({ schema: "moira-counts/9", moira: "1" }))
})

it.each<readonly [string, ReadonlyArray<string>, RegExp]>([
  ["a file that is not there", [inScratch("gone.json")], /gone\.json: cannot be read/],
  ["a folder without results", [none], /none: no result document in it/],
  ["a file that is no JSON", [text], /text\.json: not JSON/],
  ["a document of no kind that is known", [other], /other\.json: .*moira-counts\/9/],
  ["a field that no run has", [folder, "--by", "machine.linkBytePerSec"], /known are machine\.linkBytesPerSec/],
  ["a baseline that did not run", [folder, "--baseline", "moria"], /name one of/],
  ["a single row", [folder, "--only", "strategy=ep,linkBytesPerSec=1e12"], /leaves nothing to compare/],
  ["a value that is none", [folder, "--only", "strategy"], /not of the form FIELD=VALUE/],
  ["a price that is no number", [folder, "--price", "units=cheap"], /units is no number from 0 on/],
  ["a price below 0", [folder, "--price", "units=-1"], /units is no number from 0 on/],
  ["a file of prices that is none", [folder, "--price", text], /not JSON/],
  ["money without a price", [folder, "--against", "money"], /no machine says its money/],
  ["an area without one", [folder, "--against", "area"], /--area units=814/]
])("%s is refused in one line", async (_, args, wanted) => {
  const { code, stdout, stderr } = await moira("compare", ...args)
  assert.deepStrictEqual([code, stdout], [1, ""], stderr)
  assert.match(stderr, /^moira: [^\n]*; hint: [^\n]*\n$/)
  assert.match(stderr, wanted)
})

it("no line of the text is longer than the terminal is wide, and nothing is lost", async () => {
  const { stdout } = await moira("compare", folder, "--json")
  const document = decode(stdout)
  const words = (lines: string) => lines.split(/\s+/).filter((word) => word !== "")
  for (const columns of [40, 60, 80, 200]) {
    const lines = compareText(document, columns)
    for (const line of lines.split("\n")) assert.isAtMost(line.length, columns, line)
    for (const sentence of document.comparison.verdict.sentences)
      assert.include(words(lines).join(" "), words(sentence).join(" "))
  }
  assert.strictEqual(wrapped("a bc def", 4, " "), "a bc\n def")
  assert.strictEqual(wrapped("longer than that", 4), "longer\nthan\nthat")
})
