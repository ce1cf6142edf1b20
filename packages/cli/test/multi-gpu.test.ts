/** GPU clusters from the command line: a small twin on one server and on several, and the breakdown of a layer. */
import { afterAll, assert, beforeAll, it } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

const twin = () => inScratch("twin.moira")

beforeAll(async () => {
  const made = await moira(
    "synth",
    "--model",
    "qwen3-30b",
    "--requests",
    "64",
    "--prefill",
    "4",
    "--decode",
    "4",
    "--out",
    twin()
  )
  assert.strictEqual(made.code, 0, made.stderr)
})
afterAll(removeScratch)

const run = async (...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await moira("simulate", twin(), "--strategy", "ep", "--json", ...args)
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout).runs as ReadonlyArray<{
    machine: { units: ReadonlyArray<unknown> }
    metrics: Record<string, number>
  }>
}
const machine = ["--batch", "512", "--steps", "2", "--verify"]

it("simulates a DGX, and NICs between servers cost more than NVLink inside one", async () => {
  const [one, four] = await run(...machine, "--machine", "dgx-h100,dgx-h100x4")
  assert.deepStrictEqual([one!.machine.units.length, four!.machine.units.length], [8, 32])
  for (const { metrics } of [one!, four!]) {
    assert.isAbove(metrics["throughput_tokens_per_s"]!, 0)
    assert.strictEqual(metrics["hops"], 0, "experts are read where they lie")
    assert.isAbove(metrics["token_bytes"]!, 0)
    assert.isAtLeast(metrics["lower_bound_ratio"]!, 1)
  }
  const exchange = (own: typeof one, without: typeof one) =>
    own!.metrics["layer_time_ps"]! - without!.metrics["layer_time_ps"]!
  const [oneAlone, fourAlone] = await run(...machine, "--machine", "dgx-h100,dgx-h100x4", "--token-traffic", "ignored")
  assert.isAbove(exchange(four, fourAlone), exchange(one, oneAlone))
})

it("takes the number of servers from --set, and says which field is wrong", async () => {
  const [named] = await run(...machine, "--machine", "dgx-h100x2")
  const [set] = await run(...machine, "--machine", "dgx-h100", "--set", "servers=2")
  assert.deepStrictEqual(set!.metrics, named!.metrics)
  const bad = await moira("simulate", twin(), "--machine", "dgx-h100", "--set", "servers=9999")
  assert.strictEqual(bad.code, 1)
  assert.match(bad.stderr, /servers x gpusPerServer/)
})

it("breaks a layer down into parts that make a whole", async () => {
  const out = inScratch("fig2")
  const args = ["fig2", "--model", "deepseek-v3", "--requests", "8", "--prefill", "4", "--decode", "4", "--json"]
  const { code, stdout, stderr } = await moira("reproduce", ...args, "--out", out)
  assert.strictEqual(code, 0, stderr)
  const rows = JSON.parse(stdout).experiments[0].rows as ReadonlyArray<{ what: string; unit: string; twin: number }>
  const servings = new Set(rows.map(({ what }) => what.split(": ")[0]!))
  assert.isAtLeast(servings.size, 5)
  for (const serving of servings) {
    const part = (name: string) => rows.find(({ what }) => what === `${serving}: ${name}`)!.twin
    const parts = ["all-to-all", "MoE weights and arithmetic", "attention projections", "KV cache and attention"]
    const total = parts.map(part).reduce((a, b) => a + b, 0)
    assert.approximately(total, 100, 1e-6, serving)
    assert.approximately(part("all-to-all and MoE"), part(parts[0]!) + part(parts[1]!), 1e-6)
  }
})
