/** The real counts of DeepSeek-671B, against JSON.parse, through a store and back. */
import { assert, it } from "@effect/vitest"
import { sharedData } from "@moira/test-data"
import { openCounts, writeCounts } from "@moira/trace/node"
import { sumSteps } from "@moira/trace"
import { nodePlugins } from "@moira/core/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { detectAny, isCounts } from "../../src/index.ts"
import { fixtureFolder } from "../../src/testing.ts"

const folder = sharedData("traces/deepseek-671b-counts")

it.effect.skipIf(folder === undefined)("six workloads are stored as they are, and what is said of them follows", () =>
  Effect.gen(function* () {
    const { plugin } = yield* detectAny(folder!)
    assert.isTrue(isCounts(plugin) && plugin.id === "sglang-counts-json")
    if (!isCounts(plugin)) return
    const { workloads, files } = yield* plugin.read([folder!], {})
    assert.strictEqual(files, 6)
    const directory = path.join(yield* fixtureFolder({}), "x.counts")
    const manifest = yield* writeCounts({ directory, origin: { format: plugin.id, options: {} } }, workloads)
    assert.deepStrictEqual([manifest.model?.id, manifest.layers.length, manifest.experts], ["deepseek-v3", 61, 256])
    const { read } = yield* openCounts(directory)
    for (const { workload, phase, emptyLayers, skew, layerSelections } of manifest.workloads) {
      const plain = JSON.parse(fs.readFileSync(path.join(folder!, `${workload}.json`), "utf8"))
        .logical_count as ReadonlyArray<ReadonlyArray<number>>
      assert.deepStrictEqual([...sumSteps(yield* read(workload))], plain.flat())
      assert.strictEqual(phase, workload.startsWith("prefill") ? "prefill" : "decode")
      assert.deepStrictEqual(emptyLayers, [0, 1, 2])
      const held = plain.slice(3).map((row) => ({ total: row.reduce((a, b) => a + b), hottest: Math.max(...row) }))
      const mean = held.reduce((sum, { total, hottest }) => sum + (256 * hottest) / total, 0) / held.length
      assert.approximately(skew.mean, mean, 1e-9)
      assert.strictEqual(layerSelections.greatest, Math.max(...held.map(({ total }) => total)))
    }
  }).pipe(Effect.provide(nodePlugins))
)
