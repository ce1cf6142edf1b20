/** `moira advise` as users run it: the commands that it prints find what it says, and what it cannot answer it says in one line. */
import { AdviceDocument, PlaceDocument } from "@moira/results"
import { Effect, Exit, Schema } from "effect"
import * as fs from "node:fs"
import { afterAll, assert, beforeAll, it } from "vitest"
import { run } from "../src/main.ts"
import { faultOf } from "../src/terminal/fault.ts"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 120_000
const twin = inScratch("twin.moira")
const synth = (out: string, requests: number, decode: number) =>
  moira(
    ...`synth --model mixtral-8x7b --requests ${requests} --prefill 12 --decode ${decode} --quiet`.split(" "),
    "--out",
    out
  )

/** Counts of Mixtral, skewed, `steps` recorded steps of them. */
const counts = (name: string, steps: number): string => {
  const step = (at: number) =>
    Array.from({ length: 32 }, (_, layer) =>
      Array.from({ length: 8 }, (_expert, e) => 100 + Math.floor(9000 / (1 + ((e + layer) % 8))) + ((7 * at + e) % 50))
    )
  const all = Array.from({ length: steps }, (_, at) => step(at))
  fs.writeFileSync(inScratch(name), JSON.stringify({ logical_count: steps === 1 ? all[0] : all }))
  return inScratch(name)
}

beforeAll(async () => {
  assert.strictEqual((await synth(twin, 24, 6)).code, 0)
  assert.strictEqual((await synth(inScratch("prompts.moira"), 8, 0)).code, 0)
  assert.strictEqual((await synth(inScratch("few.moira"), 3, 4)).code, 0)
})

const machine = ["--machine", "dgx-h100", "--units", "4", "--quiet"]
const adviceIn = (stdout: string) => Schema.decodeUnknownSync(AdviceDocument)(JSON.parse(stdout)).advice

it(
  "prints commands that find the same speed-ups, by `place` and by `simulate`",
  async () => {
    const asked = ["--batch", "32,4096", "--slots", "2", "--steps", "3"]
    const { code, stdout, stderr } = await moira("advise", twin, ...machine, ...asked, "--json")
    assert.strictEqual(code, 0, stderr)
    const { batches, commands, engines, balance, memory } = adviceIn(stdout)
    assert.deepStrictEqual(
      batches.map(({ batchTokens, options }) => [batchTokens, options.map(({ slots }) => slots)]),
      [
        [32, [0, 0, 1, 2]],
        [4096, [0, 0, 1, 2]]
      ]
    )
    assert.isAbove(memory.copiesBytes, 0)
    assert.isAbove(balance!.bound, 1)
    assert.include(engines.find(({ exporter }) => exporter === "sglang")!.flags, "--init-expert-location place/moira")
    const out = inScratch("place")
    const words = commands.map((command) =>
      command
        .replaceAll(/\bplace\/moira/g, `${out}/moira`)
        .split(" ")
        .slice(1)
    )
    const [place, simulate] = words
    const into = place!.indexOf("--out") + 1
    const placed = await moira(...place!.with(into, out), "--json", "--quiet")
    assert.strictEqual(placed.code, 0, placed.stderr)
    const { layouts, batchTokens } = Schema.decodeUnknownSync(PlaceDocument)(JSON.parse(placed.stdout)).place
    const simulated = await moira(...simulate!, "--json", "--quiet")
    assert.strictEqual(simulated.code, 0, simulated.stderr)
    const { runs } = JSON.parse(simulated.stdout) as { runs: ReadonlyArray<{ metrics: Record<string, number> }> }
    const time = (i: number) => runs[i]!.metrics["time_ps"]!
    const of = batches.find((batch) => batch.batchTokens === batchTokens)!
    const slots = Number(place![place!.indexOf("--slots") + 1])
    const option = of.options.find((one) => one.layout !== "contiguous" && one.slots === slots)!
    const lead = layouts.find(({ optimizer }) => optimizer === "moira")!
    assert.strictEqual(lead.heldOut!.speedup, option.speedup)
    assert.closeTo(time(0) / time(1), option.speedup, 1e-12)
    assert.deepStrictEqual(lead.speedupInterval, option.interval)
    const text = await moira("advise", twin, ...machine, ...asked)
    assert.match(text.stdout, /at 4,096[^\n]*\n/)
    assert.include(text.stdout, "To try it:")
  },
  seconds
)

it(
  "answers recorded steps by their later half, and leaves out slots that do not fit",
  async () => {
    const asked = ["--model", "mixtral-8x7b", "--batch", "256", "--slots", "4", "--steps", "2", "--kv-reserve", "0.5"]
    const { code, stdout, stderr } = await moira("advise", counts("steps.json", 32), ...machine, ...asked, "--json")
    assert.strictEqual(code, 0, stderr)
    const { samples, groups, fittedOn, judgedOn, batches, memory, warnings } = adviceIn(stdout)
    assert.deepStrictEqual([samples, groups], ["steps", 16])
    assert.match(fittedOn, /^the first 16 steps/)
    assert.match(judgedOn, /^the last 16 steps/)
    assert.isBelow(memory.slotsConsidered, 4)
    assert.isTrue(batches[0]!.options.every(({ slots }) => slots <= memory.slotsConsidered))
    assert.match(
      warnings.join(),
      /of 4 spare slots a unit that were asked for \d are considered: no more fit beside the experts/
    )
    const interval = batches[0]!.options[1]!.interval!
    assert.isTrue(interval[0] <= batches[0]!.options[1]!.speedup && batches[0]!.options[1]!.speedup <= interval[1])
  },
  seconds
)

const refused: ReadonlyArray<readonly [what: string, args: () => ReadonlyArray<string>, line: RegExp]> = [
  [
    "a model that does not fit",
    () => [twin, "--units", "2", "--set", "memoryBytes=2e10"],
    /experts of one unit take .*room for.*hint: give --units \d+/
  ],
  [
    "no decode tokens",
    () => [inScratch("prompts.moira"), "--units", "4"],
    /no decode tokens to judge on; hint: record decode steps/
  ],
  [
    "too few requests",
    () => [inScratch("few.moira"), "--units", "4"],
    /too few groups: 1 request places and 2 judge; hint: give a trace of at least 4/
  ],
  [
    "one recording",
    () => [counts("one.json", 1), "--units", "4", "--model", "mixtral-8x7b"],
    /one recording cannot both place and judge; hint: name another recording with --score/
  ],
  [
    "one unit",
    () => [twin, "--units", "1"],
    /one unit holds every expert: there is nothing to balance; hint: give --units 2 or more/
  ],
  ["part of a server", () => [twin, "--units", "12"], /12 units are not whole servers of 8; hint: give 8 or 16/],
  ["an unknown machine", () => [twin, "--machine", "dgx-h1000"], /unknown machine.*dgx-h100/],
  ["an unknown optimizer", () => [twin, "--units", "4", "--optimizer", "moria"], /unknown placement optimizer.*moira/]
]

it(
  "refuses what it cannot answer, each in one line that says what would do, with exit code 1",
  async () => {
    for (const [what, args, line] of refused) {
      const all = args()
      const on = all.includes("--machine") ? [] : ["--machine", "dgx-h100"]
      const exit = await Effect.runPromiseExit(run(["advise", ...all, ...on, "--quiet"]))
      assert.isTrue(Exit.isFailure(exit), what)
      if (Exit.isSuccess(exit)) continue
      const { code, text } = faultOf(exit.cause)
      assert.strictEqual(code, 1, `${what}: ${text}`)
      assert.match(text, line, what)
      assert.match(text, /^moira: [^\n]+; hint: [^\n]+$/, what)
    }
  },
  seconds
)
