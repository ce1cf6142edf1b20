/** `moira fetch` as users run it, against a hub on this machine. */
import { type FakeHub, type FakeHubOptions, startFakeHub } from "@moira/hub/testing"
import { afterAll, assert, describe, it } from "vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { inScratch, moira, moiraCommand, type Outcome, removeScratch } from "./moira.ts"

const token = "hf_NoTestMayEverShowThis"
const repo = "core12345/MoE_expert_selection_trace"
const anatomy = "meta-llama/Llama-4-Maverick-17B-128E-Instruct/mmlu/anatomy"

const layers = (rows: string) =>
  `{${Array.from({ length: 48 }, (_, layer) => `"${layer}": ${layer % 2 === 0 ? "null" : rows}`).join(", ")}}`
/** A trace of two prompt tokens and `decode` decode tokens. */
const trace = (decode: number): Uint8Array =>
  Buffer.from(`[${[layers("[[1], [2]]"), ...Array.from({ length: decode }, () => layers("[[3]]"))].join(",\n")}]`)

const files = () =>
  new Map([
    [`${anatomy}/0.json`, trace(3)],
    [`${anatomy}/1.json`, trace(400)],
    ["README.md", Buffer.from("not a trace")]
  ])

const hubs: Array<FakeHub> = []
const start = async (options: Partial<FakeHubOptions> = {}): Promise<FakeHub> => {
  const hub = await startFakeHub({ repo, files: files(), largeBytes: 100_000, token, ...options })
  hubs.push(hub)
  return hub
}
afterAll(async () => {
  await Promise.all(hubs.map((hub) => hub.close()))
  removeScratch()
})

/** Starts the command with another environment, where need be below a shell's limit. */
const begin = (args: ReadonlyArray<string>, environment: Record<string, string>, shell = "") => {
  const [command, argv] = moiraCommand(["fetch", ...args])
  const { HF_TOKEN: _, HF_ENDPOINT: __, ...inherited } = process.env
  const env = { ...inherited, ...environment }
  const child =
    shell === ""
      ? spawn(command, argv, { env })
      : spawn("sh", ["-c", `${shell}; exec "$@"`, "sh", command, ...argv], { env })
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (data) => (stdout += data))
  child.stderr.on("data", (data) => (stderr += data))
  const outcome = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => {
      assert.notInclude(stdout + stderr, token)
      resolve({ code: code ?? -1, stdout, stderr })
    })
  })
  return { child, outcome }
}

const run = (args: ReadonlyArray<string>, environment: Record<string, string>, shell?: string) =>
  begin(args, environment, shell).outcome

it("fetches what `moira ingest` takes, in spite of a cut, and the second time nothing", async () => {
  const { endpoint, sentBytes } = await start({
    misbehave: ({ kind, path, before }) =>
      kind === "bytes" && path.endsWith("1.json") && before === 0 ? { cutAfter: 120_000 } : undefined
  })
  const out = inScratch("traces")
  const environment = { HF_ENDPOINT: endpoint, HF_TOKEN: token }
  const first = await run(["llama4/mmlu/anatomy", "--out", out, "--json"], environment)
  assert.strictEqual(first.code, 0, first.stderr)
  const document = JSON.parse(first.stdout)
  assert.deepInclude(document, { schema: "moira-fetched/1", repo, folder: anatomy, files: 2, already: 0 })
  assert.match(first.stderr, /fetch +[\d.,]+ \w?B in /)
  for (const [path, content] of files()) {
    if (path !== "README.md") assert.isTrue(fs.readFileSync(inScratch("traces", path)).equals(content))
  }
  const sent = sentBytes()
  const second = await run(["llama4/mmlu/anatomy", "--out", out], environment)
  assert.strictEqual(second.code, 0, second.stderr)
  assert.match(second.stdout, /files +2, of which 2 were here already/)
  assert.strictEqual(sentBytes(), sent)
  const stored = await moira("ingest", document.directory, "--out", inScratch("a.moira"), "--json")
  assert.strictEqual(stored.code, 0, stored.stderr)
  assert.deepInclude(JSON.parse(stored.stdout).counts, { requests: 2, prefillTokens: 4, decodeTokens: 403 })
}, 60_000)

const refused: Record<string, readonly [ReadonlyArray<string>, Record<string, string>, RegExp, number?]> = {
  "no token": [["llama4"], {}, /the data set is gated: accept its terms on its page and set HF_TOKEN; hint:/],
  "another's token": [["llama4"], { HF_TOKEN: "hf_x" }, /gated: accept its terms on its page and set HF_TOKEN; hint:/],
  "a cap": [
    ["llama4", "--max-bytes", "10kB"],
    { HF_TOKEN: token },
    /2 files of [\d.]+ kB .*--max-bytes 10000; hint: narrow/
  ],
  "an unknown model": [["lama4"], {}, /lama4: unknown model; hint: known are .*llama4-maverick/],
  "an unknown subject": [["llama4/mmlu/anatomi"], {}, /no subject anatomi; hint: there is anatomy/],
  "a cap that is none": [["llama4", "--max-bytes", "much"], {}, /expected bytes.*hint: see moira fetch --help/, 2]
}
describe.concurrent("refuses with one line", () => {
  for (const [name, [args, environment, says, code = 1]] of Object.entries(refused)) {
    it(
      name,
      async () => {
        const { endpoint } = await start()
        const out = inScratch(name.replaceAll(" ", "-"))
        const outcome = await run([...args, "--out", out, "-q"], { HF_ENDPOINT: endpoint, ...environment })
        assert.match(outcome.stderr, says)
        assert.strictEqual(outcome.stderr.trim().split("\n").length, 1, outcome.stderr)
        assert.deepStrictEqual([outcome.code, outcome.stdout], [code, ""])
      },
      60_000
    )
  }
})

it("stops with one line where there is no room, and goes on when there is", async () => {
  const { endpoint } = await start()
  const environment = { HF_ENDPOINT: endpoint, HF_TOKEN: token }
  const args = ["llama4", "--out", inScratch("full"), "-q"]
  // A limit of 100 blocks of 512 bytes a file stands in for a disk that is full.
  const outcome = await run(args, environment, "ulimit -f 100")
  assert.match(outcome.stderr, /1\.json: there is no room left: .*; hint: free some space.*goes on where it stopped/)
  assert.deepStrictEqual([outcome.code, outcome.stdout], [1, ""])
  const again = await run(args, environment)
  assert.strictEqual(again.code, 0, again.stderr)
}, 60_000)

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  it(`after ${signal} the same command goes on`, async () => {
    let silent = true
    const { endpoint, requests } = await start({
      misbehave: ({ kind, path, before }) => {
        if (kind !== "bytes" || !path.endsWith("1.json") || !silent) return undefined
        return before === 0 ? { cutAfter: 120_000 } : { silent: true }
      }
    })
    const environment = { HF_ENDPOINT: endpoint, HF_TOKEN: token }
    const out = inScratch(signal)
    const { child, outcome } = begin(["llama4", "--out", out], environment)
    const waits = () => requests.some(({ kind, range }) => kind === "bytes" && range !== undefined)
    while (!waits()) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill(signal)
    const { code, stderr } = await outcome
    if (signal === "SIGINT") {
      assert.strictEqual(code, 130, stderr)
      assert.match(stderr, /the same command goes on where it stopped/)
    }
    const part = inScratch(signal, anatomy, "1.json.part")
    const kept = fs.statSync(part).size
    assert.isAbove(kept, 0)
    silent = false
    const again = await run(["llama4", "--out", out], environment)
    assert.strictEqual(again.code, 0, again.stderr)
    assert.isFalse(fs.existsSync(part))
    const ranges = requests.filter(({ kind }) => kind === "bytes").map(({ range }) => range)
    assert.strictEqual(ranges.at(-1), `bytes=${kept}-`)
  }, 60_000)
}
