/** Selections a second through caches of experts: the policies against each other, without and with prefetch. */
import { compare } from "@moira/bench"
import belady from "@moira/caches/policies/belady"
import forecastDriven from "@moira/caches/policies/predicted"
import lfu from "@moira/caches/policies/lfu"
import lru from "@moira/caches/policies/lru"
import { makeCacheRun } from "../src/simulate/cache-run.ts"
import { makeStream } from "../src/simulate/stream.ts"
import { type OffloadCost } from "../src/simulate/cost.ts"
import { findModel, moeLayers, random } from "@moira/core"

const model = findModel("gpt-oss-20b")!
const layers = moeLayers(model)
const [requests, tokens, slots] = [16, 200, 12]
const { uniform } = random(1)

/** Experts that a token chose come again at the next one half of the time, as in real traces. */
const choose = (before: ReadonlySet<number>): ReadonlySet<number> => {
  const chosen = new Set([...before].filter(() => uniform() < 0.5))
  while (chosen.size < model.topK) chosen.add(Math.floor(uniform() ** 1.5 * model.experts))
  return chosen
}
const rows = layers.map(() => {
  let last: ReadonlySet<number> = new Set()
  return Uint16Array.from(Array.from({ length: requests * tokens }, () => [...(last = choose(last))]).flat())
})
const stream = makeStream(
  {
    model,
    layers,
    requests,
    ids: rows,
    offsets: Uint32Array.from({ length: requests + 1 }, (_, r) => r * tokens),
    prefillTokens: new Uint32Array(requests),
    decodeTokens: new Uint32Array(requests).fill(tokens),
    task: new Int32Array(requests)
  },
  1
)
const computePs = new Float64Array(stream.layerSteps).fill(30e6)
const cost: Pick<OffloadCost, "tiers"> = {
  tiers: [{ name: "dram", experts: layers.length * model.experts, occupyPs: 250e6, latencyPs: 10e6 }]
}
const popularity = new Float64Array(layers.length * model.experts)
const scores = Float32Array.from({ length: stream.layerSteps * model.experts }, uniform)
const next = Uint16Array.from({ length: stream.layerSteps * 2 }, () => Math.floor(uniform() * model.experts))
const forecasts = { from: 0, scores, next, width: 2 }

const run = (policy: typeof lru, prefetch: number) => () => {
  const options = { policy, scope: "layer", slots, prefetch, prefetchFor: "layer", betweenPs: 0, popularity } as const
  const cacheRun = makeCacheRun(stream, cost as OffloadCost, computePs, options)
  for (let batch = 0; batch < requests; batch++) {
    cacheRun.run(batch, stream.batchStart[batch], stream.batchStart[batch + 1], forecasts)
  }
  return cacheRun.totals.misses
}

const shared = { amount: stream.keys.length, unit: "selections" }
await compare("caches of experts, gpt-oss-like, 12 of 32 slots a layer, one core", [
  { name: "lru", run: run(lru, 0), ...shared },
  { name: "lfu", run: run(lfu, 0), ...shared },
  { name: "predicted", run: run(forecastDriven, 0), ...shared },
  { name: "belady", run: run(belady, 0), ...shared },
  { name: "lru, 2 ahead", run: run(lru, 2), ...shared }
])
