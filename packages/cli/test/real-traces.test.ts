/** The pipeline on the real Llama 4 traces, against counts made without any of Moira's code. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { sharedData } from "@moira/test-data"
import { openStore } from "@moira/trace/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { inScratch, moira, removeScratch } from "./moira.ts"

const found = sharedData("traces/patterns")
const realTraces = found ?? ""

const store = inScratch("llama4.moira")

describe.skipIf(found === undefined)("real Llama 4 traces", () => {
  beforeAll(async () => {
    const made = await moira("ingest", realTraces, "--out", store)
    assert.strictEqual(made.code, 0, made.stderr)
  })
  afterAll(removeScratch)

  it("info --json: 235 requests, 24 MoE layers, 128 experts, top-1", async () => {
    const { stdout } = await moira("info", store, "--json")
    const { requests, moeLayers, experts, topK, groups } = JSON.parse(stdout)
    assert.deepStrictEqual(
      { requests, moeLayers, experts, topK },
      { requests: 235, moeLayers: 24, experts: 128, topK: 1 }
    )
    assert.deepStrictEqual(
      groups.map((group: { subject: string; requests: number }) => [group.subject, group.requests]),
      [
        ["abstract_algebra", 100],
        ["anatomy", 135]
      ]
    )
  })

  it("decode counts of layer 7 equal a count made from the JSON", async () => {
    const plain = Array.from({ length: 128 }, () => 0)
    for (const file of fs.readdirSync(realTraces, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".json")) continue
      const [, ...decode] = JSON.parse(fs.readFileSync(path.join(realTraces, file), "utf8"))
      for (const token of decode) for (const expert of token["7"][0]) plain[expert]!++
    }
    const counted = Effect.gen(function* () {
      const reader = yield* openStore(store)
      const counts = Array.from({ length: 128 }, () => 0)
      for (const id of (yield* reader.read({ layer: 7, phase: "decode" })).ids) counts[id]!++
      return counts
    })
    assert.deepStrictEqual(await Effect.runPromise(Effect.scoped(counted)), plain)
  })

  it("simulate gives six runs, the same bytes twice, whatever the number of workers", async () => {
    const args = [
      "simulate",
      store,
      "--machine",
      "dojo",
      "--strategy",
      "base,ep,allo",
      "--batch",
      "4096,16384",
      "--json"
    ]
    const [first, second] = await Promise.all([moira(...args), moira(...args, "--workers", "1")])
    assert.strictEqual(first.code, 0, first.stderr)
    assert.strictEqual(first.stdout, second.stdout)
    const { runs } = JSON.parse(first.stdout)
    assert.deepStrictEqual(
      runs.map((run: { batch: number; strategy: { name: string } }) => `${run.strategy.name} ${run.batch}`),
      ["base 4096", "ep 4096", "allo 4096", "base 16384", "ep 16384", "allo 16384"]
    )
    for (const { metrics } of runs) {
      assert.isAbove(metrics.throughput_tokens_per_s, 0)
      assert.isAtLeast(metrics.lower_bound_ratio, 1)
    }
    const [base, ep, allo] = runs.slice(3).map((run: { metrics: Record<string, number> }) => run.metrics)
    assert.strictEqual(ep.hops, 0)
    assert.isBelow(allo.hops, base.hops / 10)
    assert.isAbove(allo.speedup, ep.speedup)
    assert.strictEqual(ep.speedup, 1, "speed-ups are over EP")
    assert.isAbove(ep.speedup_over_base, 1)
  })

  it("ingesting again gives the same bytes", async () => {
    const again = inScratch("again.moira")
    await moira("ingest", realTraces, "--out", again)
    for (const file of fs.readdirSync(store))
      assert.isTrue(fs.readFileSync(path.join(store, file)).equals(fs.readFileSync(path.join(again, file))), file)
  })
})
