import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { dtypes, layerRows, layerTable, medianError } from "@moira/hardware/calibration"
import { normalExchangeRows, normalExchangeTable } from "@moira/hardware/testing"
import { makeDirectLoads, makeTwoLevelLoads } from "../src/exchange/rank-loads.ts"
import { predictLayer } from "../src/prediction/predict.ts"
import { reachedShare } from "../src/prediction/reached.ts"

/** Text of a measured table, or nothing and a line saying so where the shared data is absent. */
const table = (name: string): string | undefined => {
  const file = new URL(`../../../../shared/data/hardware/${name}`, import.meta.url)
  if (existsSync(file)) return readFileSync(file, "utf8")
  console.warn(`skipped: no measured table ${name} beside the repository`)
  return undefined
}

it("whole layers of one node are within the target of 12 % in the median, every data type", () => {
  const [normal, layers] = [table(normalExchangeTable), table(layerTable)]
  if (normal === undefined || layers === undefined) return
  const exchanges = new Map(
    normalExchangeRows(normal)
      .filter(({ processors }) => processors === 20)
      .map((row) => [`${row.shape}/${row.tokens}`, row])
  )
  for (const dtype of dtypes) {
    const pairs = layerRows(layers, dtype).flatMap((row) => {
      const exchanged = exchanges.get(`${row.hidden}/${row.experts}/${row.topK}/${row.tokens}`)
      if (exchanged === undefined) return []
      const asked = { ...row, gpu: "h100", distribution: { kind: "balanced" } } as const
      // Each of eight ranks computes as many choices as its own tokens make; the table dispatches in 8 bits.
      const { expertsPs } = predictLayer({ ...asked, ranks: 1, tokens: { total: row.tokens }, dtype })
      const spread = { ...asked, ranks: 8, tokens: { perRank: row.tokens }, dtype: "fp8", exchange: "normal" } as const
      const { dispatchPs, combinePs } = predictLayer(spread)
      return [
        {
          measuredPs: row.measuredPs + exchanged.dispatchPs + exchanged.combinePs,
          modelledPs: expertsPs + dispatchPs + combinePs
        }
      ]
    })
    assert.isAbove(pairs.length, 100)
    assert.isAtMost(medianError(pairs), 0.12, dtype)
  }
})

it("what reaches a rank is exact where all experts are alike", () => {
  const choose = (n: number, k: number) =>
    Array.from({ length: k }, (_, i) => (n - i) / (k - i)).reduce((a, b) => a * b, 1)
  for (const [experts, local, topK] of [
    [256, 32, 8],
    [16, 2, 1],
    [8, 1, 2]
  ] as const)
    assert.approximately(
      reachedShare((topK * local) / experts, topK, experts),
      1 - choose(experts - local, topK) / choose(experts, topK),
      1e-12
    )
  assert.strictEqual(reachedShare(8, 8, 256), 1, "a rank that gets every choice is reached by every token")
  assert.strictEqual(reachedShare(0, 8, 256), 0)
})

/** Two servers of four ranks; every token picks distinct ranks. */
const cluster = { units: 8, servers: 2, serverOf: Uint16Array.from({ length: 8 }, (_, u) => Math.floor(u / 4)) }

it("two levels: each token crosses to a server once and is forwarded there, told token by token", () => {
  const { below } = random(3)
  const copies = new Uint32Array(64)
  const serverCopies = new Uint32Array(16)
  const tokens = new Uint32Array(8).fill(40)
  const plain = Array.from({ length: 8 }, () => ({ handled: 0, got: 0, out: 0, into: 0, nicOut: 0, nicIn: 0 }))
  for (let from = 0; from < 8; from++) {
    for (let token = 0; token < 40; token++) {
      const targets = new Set(Array.from({ length: 3 }, () => below(8)))
      const away = new Set<number>()
      for (const to of targets) {
        copies[from * 8 + to]!++
        const there = cluster.serverOf[to]!
        const via = there === cluster.serverOf[from] ? from : there * 4 + (from % 4)
        if (via !== from) away.add(via)
        plain[via]!.handled++
        plain[to]!.got++
        if (via !== to) {
          plain[via]!.out++
          plain[to]!.into++
        }
      }
      for (const via of away) {
        plain[from]!.nicOut++
        plain[via]!.nicIn++
      }
      for (const server of new Set([...targets].map((to) => cluster.serverOf[to]!))) serverCopies[from * 2 + server]!++
    }
  }
  const loads = makeTwoLevelLoads(cluster)(copies, { tokens, serverCopies })
  plain.forEach(({ handled, got, out, into, nicOut, nicIn }, u) =>
    assert.deepStrictEqual(loads[u], {
      tokens: 40,
      copies: Math.max(handled, got),
      nvlinkCopies: Math.max(out, into),
      nicCopies: Math.max(nicOut, nicIn)
    })
  )
  const apart = makeTwoLevelLoads(cluster)(copies, { tokens })
  apart.forEach(({ nicCopies }, u) =>
    assert.isAtLeast(nicCopies, loads[u]!.nicCopies, "one a copy where nothing is told")
  )
})

it("straight: one message a choice, NVLink inside a server and NIC between", () => {
  const copies = new Uint32Array(64)
  copies[1] = 10
  copies[5] = 6
  copies[2 * 8 + 5] = 2
  const choices = new Float64Array(8)
  choices[1] = 15
  choices[5] = 8
  const loads = makeDirectLoads(cluster)(copies, { choices })
  assert.deepStrictEqual(loads[0], { tokens: 10, copies: 21, nvlinkCopies: 15, nicCopies: 6 })
  assert.deepStrictEqual(loads[5], { tokens: 0, copies: 8, nvlinkCopies: 0, nicCopies: 8 })
})

it("the kernels of 16 to 256 GPUs come out near what their authors published, with nothing fitted to that", () => {
  // DeepEP, README of 2025: H800, 128 tokens a rank, hidden 7168, top-8, fp8 out and bf16 back; microseconds.
  const published = [
    [16, 118, 195],
    [32, 155, 273],
    [64, 173, 314],
    [128, 192, 369],
    [256, 194, 360]
  ] as const
  const pairs = published.flatMap(([ranks, out, back]) => {
    const { dispatchPs, combinePs } = predictLayer({
      gpu: "h800",
      ranks,
      tokens: { perRank: 128 },
      experts: 256,
      topK: 8,
      hidden: 7168,
      expertFfn: 2048,
      dtype: "fp8",
      distribution: { kind: "balanced" },
      exchange: "low-latency"
    })
    return [
      { measuredPs: out * 1e6, modelledPs: dispatchPs },
      { measuredPs: back * 1e6, modelledPs: combinePs }
    ]
  })
  assert.isAtMost(medianError(pairs), 0.12)
})
