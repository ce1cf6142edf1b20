/** Records by themselves, arrays with nothing beside them, and what is told of files that no format knows. */
import { afterAll, assert, beforeAll, it } from "vitest"
import * as fs from "node:fs"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

/** Three layers of 12 experts, top-2. */
const model = {
  id: "tiny-responses",
  title: "tiny",
  aliases: [],
  layers: 3,
  moe: { first: 0, last: 2, every: 1 },
  experts: 12,
  sharedExperts: 0,
  topK: 2,
  hidden: 4,
  expertFfn: 8,
  servingBytesPerWeight: 1,
  source: "made up"
}

const tokens = 7
const ids = (token: number, layer: number) => [(token + layer) % 12, (token + layer + 1 + (token % 5)) % 12]
const rows = Array.from({ length: tokens }, (_, token) => [0, 1, 2].map((layer) => ids(token, layer)))
const response = (more: object) =>
  JSON.stringify({ choices: [{ routed_experts: rows, finish_reason: "stop" }], ...more })
const good = response({ usage: { prompt_tokens: 4, completion_tokens: 4 } })
const aborted = JSON.stringify({
  choices: [{ routed_experts: null, finish_reason: "abort" }],
  usage: { prompt_tokens: 4, completion_tokens: 0 }
})

/** `np.save` of the same ids, 8 bits each. */
const array = () => {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${tokens}, 3, 2), }`.padEnd(117)
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, "latin1")
  return Buffer.concat([start, Uint8Array.from(rows.flat(2))])
}

beforeAll(() => {
  fs.writeFileSync(inScratch("tiny.json"), JSON.stringify(model))
  for (const folder of ["some", "all", "array", "other"]) fs.mkdirSync(inScratch(folder))
  fs.writeFileSync(inScratch("some", "r.jsonl"), `${good}\n${aborted}\n${good}\n`)
  fs.writeFileSync(inScratch("all", "r.jsonl"), `${aborted}\n${aborted}\n`)
  fs.writeFileSync(inScratch("array", "a.npy"), array())
  fs.writeFileSync(inScratch("other", "a.json"), JSON.stringify({ choices: [{ text: "a" }] }))
})

const ingest = (name: string, ...flags: ReadonlyArray<string>) =>
  moira(
    "ingest",
    inScratch(name),
    "--model",
    inScratch("tiny.json"),
    "--out",
    inScratch(`${name}.moira`),
    "-q",
    ...flags
  )

it("a bad record is an error that names its line, and with --skip-bad costs itself alone", async () => {
  const strict = await ingest("some")
  assert.strictEqual(strict.code, 1)
  assert.match(strict.stderr, /r\.jsonl, line 2, .*aborted.*--skip-bad/)
  const { code, stdout, stderr } = await ingest("some", "--skip-bad", "--json")
  assert.strictEqual(code, 0, stderr)
  const { counts, skipped } = JSON.parse(stdout)
  assert.deepInclude(counts, { requests: 2, decodeTokens: 6 })
  assert.strictEqual(skipped.length, 1)
  assert.match(skipped[0].source, /r\.jsonl, line 2/)
})

it("where all records are bad the first is told, not an empty folder", async () => {
  const { code, stderr } = await ingest("all", "--skip-bad")
  assert.strictEqual(code, 1)
  assert.match(stderr, /line 1, .*aborted.*no request is left/)
})

it("an array with nothing beside it asks for its lengths in one line, and takes them as flags", async () => {
  const { code, stderr } = await ingest("array")
  assert.strictEqual(code, 1)
  assert.strictEqual(stderr.trim().split("\n").length, 1, stderr)
  assert.strictEqual(stderr.split(inScratch("array")).length, 2, stderr)
  assert.match(stderr, /an array \[7, 3, 2\].*a\.json.*--prompt-tokens/)
  for (const [flags, counts] of [
    [["--prompt-tokens", "4"], { prefillTokens: 4, decodeTokens: 3 }],
    [["--phase", "decode"], { prefillTokens: 0, decodeTokens: 7 }]
  ] as const) {
    const read = await ingest("array", ...flags, "--json")
    assert.strictEqual(read.code, 0, read.stderr)
    assert.deepInclude(JSON.parse(read.stdout).counts, counts)
  }
  const many = await ingest("array", "--prompt-tokens", "8")
  assert.strictEqual(many.code, 1)
  assert.match(many.stderr, /7 tokens, fewer than the 8 of the prompt/)
})

it("what no format knows is told by the nearest one, and by every one with --verbose", async () => {
  const brief = await ingest("other")
  assert.strictEqual(brief.code, 1)
  assert.match(brief.stderr, /the nearest is vllm: a response without routed_experts.*--verbose/)
  assert.notInclude(brief.stderr, "patterns-json: ")
  const whole = await ingest("other", "--verbose")
  for (const id of ["vllm: ", "patterns-json: ", "eplb-npy: "]) assert.include(whole.stderr, id)
})
