/** Every built-in strategy on a wafer and on a GPU cluster as they are sold: sums of results, bounds, and the same bytes by any threads. */
import { readdirSync } from "node:fs"
import { expertFlopPerToken, expertParameters, moeLayers, random } from "@moira/core"
import { nodePluginsFrom, threadRunner } from "@moira/core/node"
import { makeModel } from "@moira/core/testing"
import { sweep } from "@moira/pipeline"
import { memoryStore, type TraceRequest } from "@moira/trace"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const strategies = readdirSync(new URL("../../simulator/src/strategies", import.meta.url))
  .map((file) => file.replace(/\.ts$/, ""))
  .toSorted()

const model = makeModel({ experts: 40, topK: 4, hidden: 2048, expertFfn: 1408 })
const layers = moeLayers(model).length
const expertBytes = expertParameters(model) * model.servingBytesPerWeight

/** Requests that like experts of low ids, of four decode tokens each. */
const requests = (count: number): ReadonlyArray<TraceRequest> => {
  const { uniform } = random(11)
  return Array.from({ length: count }, (_, r) => {
    const [prefillTokens, decodeTokens] = [3, 4]
    const rows = layers * (prefillTokens + decodeTokens)
    const ids = new Uint16Array(rows * model.topK)
    for (let row = 0; row < rows; row++) {
      const chosen = new Set<number>()
      while (chosen.size < model.topK) chosen.add(Math.floor(model.experts * uniform() ** 2))
      ids.set([...chosen], row * model.topK)
    }
    const labels = { benchmark: "b", subject: "s", language: "en", source: `${r}` }
    return { ...labels, prefillTokens, decodeTokens, ids }
  })
}

const batches = [32, 8000]
const steps = 3
const run = (machine: string, network: string, workers: number) =>
  sweep({
    machines: [machine],
    ...(machine === "dojo" ? {} : { units: 8 }),
    network,
    strategies,
    batches,
    steps,
    tokenTraffic: "modelled",
    seed: 1,
    verify: true
  }).pipe(
    Effect.provide([memoryStore(model, requests(48)), threadRunner(workers), nodePluginsFrom({ app: import.meta.url })])
  )

describe("every built-in strategy", () => {
  for (const machine of ["dojo", "dgx-h100"])
    for (const network of ["flow", "bottleneck"])
      it.live(
        `on ${machine} by ${network}`,
        () =>
          Effect.gen(function* () {
            const document = yield* run(machine, network, 1)
            assert.strictEqual(JSON.stringify(yield* run(machine, network, 3)), JSON.stringify(document))
            assert.strictEqual(document.runs.length, batches.length * strategies.length)
            for (const { strategy, batch, metrics } of document.runs) {
              const what = `${strategy.name}, batch ${batch}`
              const of = (id: string): number => metrics[id]!
              assert.strictEqual(of("tokens"), steps * batch, what)
              assert.strictEqual(of("flop"), steps * batch * layers * model.topK * expertFlopPerToken(model), what)
              const remote = of("dram_remote_read_bytes")
              const [written, copied] = [of("dram_local_write_bytes"), of("copy_bytes")]
              for (const bytes of [remote, of("dram_local_read_bytes"), of("llc_hit_bytes"), written, copied])
                assert.strictEqual(bytes % expertBytes, 0, `${what}: whole experts`)
              assert.isAtMost(written, remote, `${what}: nothing is written that was not read elsewhere`)
              assert.isAtMost(copied, written, `${what}: copies are kept`)
              // Nothing makes way on machines with this much room.
              const held = of("copies_held") * layers * (machine === "dojo" ? 25 : 8) * expertBytes
              assert.closeTo(held, written, 1, `${what}: what is written is held`)
              assert.isAtLeast(of("lower_bound_ratio"), 1, what)
              const shares = Object.keys(metrics)
                .filter((id) => /^bound_\w+_share$/.test(id))
                .map(of)
              assert.isAtLeast(Math.min(...shares), 0, what)
              assert.closeTo(
                shares.reduce((a, b) => a + b, 0),
                1,
                1e-9,
                what
              )
            }
            const copied = document.runs.filter(({ metrics }) => metrics["copy_bytes"]! > 0).map((r) => r.strategy.name)
            assert.include(copied, "moira", "this load is skewed enough for copies")
          }),
        120_000
      )
})
