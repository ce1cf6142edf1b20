/** Counts as users ingest them. */
import { afterAll, assert, it } from "vitest"
import { sharedData } from "@moira/test-data"
import * as fs from "node:fs"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const store = inScratch("x.counts")

it("ingest recognises counts, says what it found, and info says the same", async () => {
  fs.writeFileSync(inScratch("decode_a.json"), '{"logical_count": [[0.0, 0.0], [3.0, 1.0]]}')
  const made = await moira("ingest", inScratch("decode_a.json"), "--out", store)
  assert.strictEqual(made.code, 0, made.stderr)
  assert.match(made.stdout, /layers +2: 0-1; empty: 0/)
  assert.match(made.stdout, /decode_a +decode +1 +4 +– +1\.50 x/)
  assert.include((await moira("info", store)).stdout, made.stdout.trimEnd())
  const info = JSON.parse((await moira("info", store, "--json")).stdout)
  assert.deepStrictEqual([info.schema, info.holds, info.workloads[0].selections], ["moira-info/1", "counts", 4])
}, 60_000)

it("a format is named, and a bad count is one line with its place", async () => {
  fs.writeFileSync(inScratch("bad.json"), "[[1, 2], [3, -5]]")
  const bad = await moira("ingest", inScratch("bad.json"), "--format", "eplb-json", "--out", store)
  assert.strictEqual(bad.code, 1)
  assert.match(bad.stderr, /bad\.json, byte 13: -5 is .*hint: /)
  const kept = JSON.parse((await moira("info", store, "--json")).stdout)
  assert.strictEqual(kept.workloads[0].workload, "decode_a")
}, 60_000)

const real = sharedData("traces/deepseek-671b-counts")

it.skipIf(real === undefined)(
  "the real counts of DeepSeek-671B",
  async () => {
    const { code, stdout, stderr } = await moira("ingest", real ?? "", "--out", inScratch("deepseek.counts"), "--json")
    assert.strictEqual(code, 0, stderr)
    const { workloads, layers, experts } = JSON.parse(stdout)
    assert.deepStrictEqual([layers.length, experts, workloads.length], [61, 256, 6])
  },
  60_000
)
