/** Whatever is wrong with the input: one clear line with a hint, exit 1 or 2, nothing on stdout, nothing half-written. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as fs from "node:fs"
import { inScratch, moira, moiraProcess, removeScratch, scratch } from "./moira.ts"

const trace = (...elements: ReadonlyArray<string>) => `[${elements.join(",")}]`
const layers = (rows: (layer: number) => string) =>
  `{${Array.from({ length: 48 }, (_, layer) => `"${layer}":${layer % 2 === 0 ? "null" : rows(layer)}`).join(",")}}`
const good = trace(
  layers(() => "[[1],[2]]"),
  layers(() => "[[3]]")
)

const files: Record<string, string> = {
  "good/0.json": good,
  "malformed/0.json": good.replace("[[1],[2]]", "[[1],[x]]"),
  "truncated/0.json": good.slice(0, 300),
  "range/0.json": good.replace("[[1],[2]]", "[[1],[128]]"),
  "ragged/0.json": good.replace("[[1],[2]]", "[[1],[2,3]]"),
  "empty/readme.txt": "no trace here",
  "spec.json": "{"
}

beforeAll(async () => {
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(inScratch(file, ".."), { recursive: true })
    fs.writeFileSync(inScratch(file), text)
  }
  const made = await moira("ingest", inScratch("good"), "--model", "llama4", "--out", inScratch("good.moira"))
  assert.strictEqual(made.code, 0, made.stderr)
  fs.cpSync(inScratch("good.moira"), inScratch("future.moira"), { recursive: true })
  // A later version may seal its manifest in another way.
  fs.writeFileSync(inScratch("future.moira", "manifest.json"), '{ "schema": "moira-store", "version": 99 }')
})
afterAll(removeScratch)

const ingest = (folder: string) => [
  "ingest",
  inScratch(folder),
  "--model",
  "llama4",
  "--out",
  inScratch(`${folder}.bad.moira`)
]
const simulate = (...flags: ReadonlyArray<string>) => ["simulate", inScratch("good.moira"), ...flags]
const dojo = ["--machine", "dojo"]

const cases: Record<string, readonly [args: () => ReadonlyArray<string>, code: number, says: RegExp]> = {
  "a missing path": [() => ingest("nowhere"), 1, /nowhere: no such file or folder; hint:/],
  "an empty folder": [() => ingest("empty"), 1, /empty.*; hint:/],
  "malformed JSON": [() => ingest("malformed"), 1, /malformed.0\.json, byte \d+, layer 1, token 1: .*; hint:/],
  "truncated JSON": [() => ingest("truncated"), 1, /truncated.0\.json, byte 300.*; hint:/],
  "an expert id out of range": [() => ingest("range"), 1, /range.0\.json, byte \d+, layer 1, token 1: .*128.*; hint:/],
  "ragged rows": [() => ingest("ragged"), 1, /ragged.0\.json, byte \d+, layer 1, token 1: .*; hint:/],
  "an unknown model": [
    () => ["synth", "--model", "lama", "--out", inScratch("bad.moira")],
    1,
    /lama: unknown model; hint: known are .*llama4-maverick/
  ],
  "an unknown format": [
    () => [...ingest("good"), "--format", "xml"],
    1,
    /xml: unknown trace or counts format.*hint: built in are .*patterns-json/
  ],
  "a missing store": [() => ["info", inScratch("none.moira")], 1, /none\.moira: no such store; hint:/],
  "a folder that is no store": [() => ["info", scratch], 1, /not a Moira store.*; hint:/],
  "a store of another version": [() => ["info", inScratch("future.moira")], 1, /version 99.*; hint:/],
  "an unknown machine": [() => simulate("--machine", "dojjo"), 1, /dojjo: unknown machine; hint: known are dojo,/],
  "an unknown strategy": [
    () => simulate(...dojo, "--strategy", "alo"),
    1,
    /alo: unknown strategy.*hint: built in are allo,/
  ],
  "an unknown network": [() => simulate(...dojo, "--network", "flo"), 1, /flo: unknown network model.*; hint:/],
  "an unknown backend": [() => simulate(...dojo, "--backend", "./nope.ts"), 1, /nope\.ts: no such file; hint:/],
  "a broken machine spec": [
    () => simulate("--machine", inScratch("spec.json"), "--backend", "wafer"),
    1,
    /spec\.json: cannot be read as JSON/
  ],
  "an unknown routing": [() => simulate(...dojo, "--set", "routing=west-first"), 1, /"o1turn" at \["routing"\]; hint:/],
  "a mesh that falls apart": [
    () => simulate(...dojo, "--set", "deadLinks=[[[0,0],[1,0]],[[0,0],[0,1]]]"),
    1,
    /wafer spec, deadLinks: cut off from the other 24 dies: die\[0\]\[0\]; hint:/
  ],
  "a model that does not fit": [
    () => simulate(...dojo, "--set", "hbmBytes=1e9"),
    1,
    /Maverick.*on 25 units: the experts of one unit take .*, it has room for .*; hint:/
  ],
  "a batch that is no number": [
    () => simulate(...dojo, "--batch", "many"),
    2,
    /batch.*hint: see moira simulate --help/
  ],
  "a batch of nothing": [() => simulate(...dojo, "--batch", "0"), 2, /batch/],
  "a missing flag": [() => ["ingest", inScratch("good")], 2, /out/],
  "an unknown command": [() => ["ingst"], 2, /ingst/],
  "a result that is none": [
    () => ["report", inScratch("spec.json"), "--out", inScratch("r")],
    1,
    /spec\.json.*; hint:/
  ],
  "a store over a folder of the user's": [
    () => ["ingest", inScratch("good"), "--model", "llama4", "--out", inScratch("empty")],
    1,
    /empty: exists and is not a Moira store; hint:/
  ]
}

describe.concurrent("refuses with one line", () => {
  for (const [name, [args, code, says]] of Object.entries(cases)) {
    it(
      name,
      async () => {
        const outcome = await moira(...args(), "-q")
        assert.match(outcome.stderr, says)
        assert.strictEqual(outcome.stderr.trim().split("\n").length, 1, outcome.stderr)
        assert.deepStrictEqual([outcome.code, outcome.stdout], [code, ""])
      },
      60_000
    )
  }
})

it("a process says the same and ends with the same code", async () => {
  for (const name of ["a missing store", "an unknown command"]) {
    const args = [...cases[name]![0](), "-q"]
    assert.deepStrictEqual(await moiraProcess(...args), await moira(...args), name)
  }
})

it("leaves nothing half-written behind", () => {
  const expected = [...new Set(Object.keys(files).map((file) => file.split("/")[0]!)), "good.moira", "future.moira"]
  assert.deepStrictEqual(fs.readdirSync(scratch).toSorted(), expected.toSorted())
  assert.deepStrictEqual(fs.readdirSync(inScratch("empty")), ["readme.txt"])
})
