/** `moira verify`: a result is run again as it says that it was made. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { documentText, withoutDigest } from "@moira/results"
import * as fs from "node:fs"
import * as path from "node:path"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const inline = ["--runner", "inline", "--workers", "1", "--quiet"]
const trace = inScratch("data", "twin.moira")
const allocator = inScratch("own.mjs")
const helper = inScratch("helper.mjs")
const at = (name: string) => inScratch("results", name)

/** Even shares, written by a stranger in two files. */
const ownAllocator = `import { whole } from "./helper.mjs"
import even from ${JSON.stringify(new URL("../../allocation/src/allocators/even.ts", import.meta.url).href)}
export default { ...even, id: "own", whole }
`

const run = async (...args: ReadonlyArray<string>) => {
  const { code, stderr } = await moira(...args)
  assert.strictEqual(code, 0, stderr)
}

const verify = (result: string, ...args: ReadonlyArray<string>) => moira("verify", result, ...inline, ...args)

const simulate = (out: string, ...args: ReadonlyArray<string>) =>
  run("simulate", trace, "--machine", "dojo", "--batch", "8", "--steps", "1", ...args, ...inline, "--out", out)

beforeAll(async () => {
  fs.mkdirSync(inScratch("data"))
  fs.writeFileSync(allocator, ownAllocator)
  fs.writeFileSync(helper, "export const whole = true\n")
  const twin = ["--model", "olmoe", "--requests", "16", "--prefill", "8", "--decode", "4"]
  await run("synth", ...twin, "--out", trace, "-q")
  await simulate(at("simulation.json"), "--strategy", "ep,moira")
  await simulate(at("own.json"), "--strategy", "ep", "--allocator", allocator)
}, 60_000)

describe("a result is accepted", () => {
  it("with its digest, its trace found by content two folders away", async () => {
    const { code, stdout, stderr } = await verify(at("simulation.json"))
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^the same bytes \(sha256 [0-9a-f]{64}\)\n$/)
  })

  it("of every command that says how it was made", async () => {
    const machine = ["--machine", "dgx-h100", "--units", "8"]
    const place = [...machine, "--optimizer", "eplb", "--export", "sglang", "--batch", "64", "--steps", "1"]
    await run("place", trace, ...place, ...inline, "--out", at("place"))
    await run("forecast", trace, "--predictors", "popularity", ...inline, "--out", at("forecast"))
    await run("analyze", trace, "--only", "spatial", ...inline, "--out", at("patterns"))
    await run("offload", trace, "--machine", "offload-pcie5", "--cache", "8", "-q", "--out", at("offload.json"))
    await run("advise", trace, ...machine, "--batch", "64", "--slots", "1", "--steps", "1", "-q", "--out", at("advice"))
    const results = [
      "place/place.json",
      "forecast/forecast.json",
      "patterns/analysis.json",
      "offload.json",
      "advice/advice.json"
    ]
    for (const name of results) {
      const { code, stdout, stderr } = await verify(at(name))
      assert.deepInclude({ code, stderr }, { code: 0, stderr: "" }, name)
      assert.include(stdout, "the same bytes")
    }
    // The files beside it are looked at too.
    const file = at("place/eplb/placement.json")
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("1", "2"))
    const { code, stdout } = await verify(at("place/place.json"))
    assert.strictEqual(code, 1)
    assert.include(stdout, "eplb/placement.json: other bytes")
  }, 120_000)

  it("of a sweep, point by point, its twin made again where it is gone", async () => {
    const file = inScratch("sweep.json")
    fs.writeFileSync(
      file,
      JSON.stringify({
        schema: "moira-experiment/1",
        run: "simulate",
        trace: { twin: { model: "olmoe", requests: 8, prefillTokens: 8, decodeTokens: 4 } },
        machine: { name: "dojo" },
        stages: { strategy: "ep" },
        options: { batch: 8, steps: 1 },
        axes: [{ field: "machine.linkBytesPerSec", list: [1e12, 2e12, 4e12] }],
        keep: "metrics"
      })
    )
    const out = at("links.sweep")
    await run("sweep", file, "--out", out, ...inline)
    assert.strictEqual((await verify(out)).stdout, "3 points, all with the same bytes\n")
    fs.rmSync(path.join(out, "traces"), { recursive: true })
    const { code, stdout, stderr } = await verify(out)
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "3 points, all with the same bytes\n")
  }, 60_000)
})

describe("a result is refused", () => {
  const refuses = async (result: string, says: RegExp, ...args: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await verify(result, ...args)
    assert.strictEqual(code, 1, stdout)
    assert.match(stderr, says)
    assert.strictEqual(stderr.trim().split("\n").length, 1, stderr)
    assert.notInclude(stdout, "the same bytes")
  }

  it("whose plug-in changed, in its file or in one that it imports", async () => {
    assert.strictEqual((await verify(at("own.json"))).code, 0)
    fs.writeFileSync(helper, "export const whole = false\n")
    await refuses(
      at("own.json"),
      /allocator own \(\S*own\.mjs\) was .*imports [0-9a-f]{64}, and is .*imports [0-9a-f]{64} now/
    )
    fs.writeFileSync(helper, "export const whole = true\n")
    fs.writeFileSync(allocator, `${ownAllocator}// another\n`)
    await refuses(
      at("own.json"),
      /allocator own \(\S*own\.mjs\) was sha256 [0-9a-f]{64}.*, and is sha256 [0-9a-f]{64}.* now/
    )
    fs.rmSync(allocator)
    await refuses(at("own.json"), /own\.mjs/)
    fs.writeFileSync(allocator, ownAllocator)
  })

  it("that was edited, and one that was edited with its digest", async () => {
    const text = fs.readFileSync(at("simulation.json"), "utf8")
    fs.writeFileSync(at("edited.json"), text.replace('"time_ps": ', '"time_ps": 1'))
    await refuses(at("edited.json"), /its digest is not of what it says/)
    const document = JSON.parse(text)
    document.runs[0].metrics.time_ps++
    fs.writeFileSync(at("edited.json"), documentText(withoutDigest(document) as never))
    const { code, stdout, stderr } = await verify(at("edited.json"))
    assert.strictEqual(code, 1)
    assert.match(stdout, /runs\[0\]\.metrics\.time_ps: was \d+, is \d+/)
    assert.include(stderr, "gives other bytes")
  })

  it("whose trace is another, or not found", async () => {
    const other = inScratch("other.moira")
    await run("synth", "--model", "olmoe", "--requests", "16", "--seed", "2", "--out", other, "-q")
    await refuses(at("simulation.json"), /trace\.contentSha256: .*other\.moira has the content/, "--trace", other)
    const alone = fs.mkdtempSync(path.join(path.dirname(inScratch()), "alone-"))
    fs.mkdirSync(path.join(alone, "a", "b", "c"), { recursive: true })
    const moved = path.join(alone, "a", "b", "c", "simulation.json")
    fs.copyFileSync(at("simulation.json"), moved)
    await refuses(moved, /no store with the content [0-9a-f]{64} lies here or near the result; hint: .*--trace/)
    assert.strictEqual((await verify(moved, "--trace", trace)).code, 0)
    fs.rmSync(alone, { recursive: true })
  })

  it("that does not say how it was made, or is none", async () => {
    const { experiment: _, ...old } = JSON.parse(fs.readFileSync(at("simulation.json"), "utf8"))
    fs.writeFileSync(at("old.json"), documentText(withoutDigest(old) as never))
    await refuses(at("old.json"), /moira-simulation\/1 without a description of how it was made/)
    fs.writeFileSync(at("none.json"), "{}")
    await refuses(at("none.json"), /no result document/)
    fs.writeFileSync(at("none.json"), "{")
    await refuses(at("none.json"), /no JSON/)
    assert.include((await verify(at("nothing.json"))).stderr, "no such file or folder")
    await refuses(inScratch("data"), /no sweep lies here/)
  })

  it("made by another version, which is said, where it differs", async () => {
    const document = JSON.parse(fs.readFileSync(at("simulation.json"), "utf8"))
    fs.writeFileSync(at("old.json"), documentText(withoutDigest({ ...document, moira: "0.0.0-old" }) as never))
    const { code, stdout, stderr } = await verify(at("old.json"))
    assert.strictEqual(code, 1)
    assert.include(stderr, "made by version 0.0.0-old of Moira")
    assert.match(stdout, /moira: was "0\.0\.0-old", is "/)
  })
})
