/** Ingestion and merging as users run them: bad files, interrupts, stores put together. */
import { afterAll, assert, beforeAll, it } from "vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { inScratch, moira, moiraCommand, removeScratch, scratch } from "./moira.ts"

afterAll(removeScratch)

/** Two MoE layers of 12 experts, top-2. */
const model = {
  id: "tiny",
  title: "tiny",
  aliases: [],
  layers: 3,
  moe: { first: 1, last: 2, every: 1 },
  experts: 12,
  sharedExperts: 0,
  topK: 2,
  hidden: 4,
  expertFfn: 8,
  servingBytesPerWeight: 1,
  source: "made up"
}

const text = (i: number) => {
  const row = (k: number) => [(i + k) % 12, (i + k + 1 + (i % 7)) % 12]
  return JSON.stringify([
    { 0: null, 1: [row(0), row(1)], 2: [row(2), row(3)] },
    { 0: null, 1: [row(4)], 2: [row(5)] }
  ])
}

const files = 64 * 40

beforeAll(() => {
  fs.writeFileSync(inScratch("tiny.json"), JSON.stringify(model))
  fs.mkdirSync(inScratch("traces", "mmlu", "anatomy"), { recursive: true })
  for (let i = 0; i < files; i++) fs.writeFileSync(inScratch("traces", "mmlu", "anatomy", `${i}.json`), text(i))
  fs.mkdirSync(inScratch("bad", "mmlu", "virology"), { recursive: true })
  for (let i = 0; i < 5; i++)
    fs.writeFileSync(inScratch("bad", "mmlu", "virology", `${i}.json`), i % 2 === 0 ? text(i) : text(i).slice(0, -9))
})

const ingest = (traces: string, out: string, ...flags: ReadonlyArray<string>) => [
  "ingest",
  inScratch(traces),
  "--model",
  inScratch("tiny.json"),
  "--format",
  "patterns-json",
  "--out",
  inScratch(out),
  ...flags
]

const bytesOf = (store: string) =>
  fs
    .readdirSync(inScratch(store))
    .toSorted()
    .map((name) => [name, fs.readFileSync(inScratch(store, name)).toString("base64")])

it("an interrupt keeps finished parts, says how to go on and exits 130; the next run gives the same bytes", async () => {
  const whole = await moira(...ingest("traces", "whole.moira", "-q"))
  assert.strictEqual(whole.code, 0, whole.stderr)
  const [command, args] = moiraCommand(ingest("traces", "cut.moira", "--workers", "1"))
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] })
  let stderr = ""
  child.stderr.on("data", (data) => (stderr += data))
  const segments = inScratch(".cut.moira.tmp", "segments")
  const finished = () => fs.existsSync(segments) && fs.readdirSync(segments).some((name) => name.endsWith(".json"))
  while (!finished()) await new Promise((resolve) => setTimeout(resolve, 1))
  child.kill("SIGINT")
  const code = await new Promise((resolve) => child.on("close", resolve))
  assert.strictEqual(code, 130, stderr)
  assert.match(stderr, /\d+ of 40 parts are finished and kept; run the same command again to go on from there/)
  assert.isFalse(fs.existsSync(inScratch("cut.moira")))
  const again = await moira(...ingest("traces", "cut.moira", "-q"))
  assert.strictEqual(again.code, 0, again.stderr)
  assert.deepStrictEqual(bytesOf("cut.moira"), bytesOf("whole.moira"))
  assert.isFalse(fs.existsSync(inScratch(".cut.moira.tmp")))
})

it("--skip-bad lists bad files on stderr and in the document, and exits 0", async () => {
  const { code, stdout, stderr } = await moira(...ingest("bad", "bad.moira", "--skip-bad", "--json", "-q"))
  assert.strictEqual(code, 0, stderr)
  const { counts, skipped } = JSON.parse(stdout)
  assert.strictEqual(counts.requests, 3)
  const bad = [1, 3].map((i) => inScratch("bad", "mmlu", "virology", `${i}.json`))
  assert.deepStrictEqual(
    skipped.map(({ source }: { readonly source: string }) => source),
    bad
  )
  for (const { reason } of skipped) assert.match(reason, /^Truncated: .*byte \d+/)
  assert.include(stderr, "skipped 2 bad files or records:")
  for (const file of bad) assert.include(stderr, file)
  const strict = await moira(...ingest("bad", "strict.moira", "-q"))
  assert.strictEqual(strict.code, 1)
  assert.isFalse(fs.existsSync(inScratch("strict.moira")))
})

it("merge puts stores together, in place too, and refuses other models", async () => {
  const whole = ["bad.moira", "whole.moira"].map((name) => inScratch(name))
  const merged = await moira("merge", ...whole, "--out", inScratch("merged.moira"), "--json", "-q")
  assert.strictEqual(merged.code, 0, merged.stderr)
  assert.strictEqual(JSON.parse(merged.stdout).counts.requests, files + 3)
  fs.cpSync(inScratch("bad.moira"), inScratch("grown.moira"), { recursive: true })
  const grown = await moira("merge", inScratch("grown.moira"), whole[1]!, "--out", inScratch("grown.moira"), "-q")
  assert.strictEqual(grown.code, 0, grown.stderr)
  assert.deepStrictEqual(bytesOf("grown.moira"), bytesOf("merged.moira"))
  const twin = inScratch("twin.moira")
  await moira("synth", "--model", "deepseek-v2-lite", "--requests", "2", "--out", twin, "-q")
  const refused = await moira("merge", whole[0]!, twin, "--out", inScratch("no.moira"), "-q")
  assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
  assert.match(refused.stderr, /twin\.moira: is of deepseek-v2-lite, while .*bad\.moira is of tiny; hint: /)
  assert.deepStrictEqual(
    fs.readdirSync(scratch).filter((name) => name.endsWith(".tmp")),
    []
  )
})
