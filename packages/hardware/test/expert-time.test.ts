import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { type Dtype, dtypes, layerRows, layerTable, ofDtype } from "../src/calibration/measured.ts"
import { bestEfficiency, type ExpertTimeConstants, expertTimer, moeLayerPs } from "../src/expert-time/moe-layer.ts"
import { kernelFamilies } from "../src/calibration/kernel-families.ts"
import { kernelRows, setApart } from "../src/calibration/kernel-rows.ts"
import { expertGemmsPs, type GemmConstants, gemmPs } from "../src/expert-time/gemm.ts"
import { medianError } from "../src/calibration/errors.ts"
import { roundRoofline } from "../src/expert-time/roofline.ts"
import { touchedBalanced, touchedByCounts, touchedExpected } from "../src/expert-time/touched.ts"
import { random } from "@moira/core"

interface Fits<A> {
  readonly [name: string]: { readonly constants: A }
}
const committed = (file: string) =>
  JSON.parse(readFileSync(new URL(`../calibration/${file}`, import.meta.url), "utf8")).fits
const gemms: Fits<GemmConstants> = committed("expert-gemms-h100.json")

/** Text of a measured table, or nothing and a line saying so where the shared data is absent. */
const table = (name: string): string | undefined => {
  const file = new URL(`../../../../shared/data/hardware/${name}`, import.meta.url)
  if (existsSync(file)) return readFileSync(file, "utf8")
  console.warn(`skipped: no measured table ${name} beside the repository`)
  return undefined
}

it("a round roofline lies between the longer of two times and their sum", () => {
  const { uniform } = random(1)
  for (let i = 0; i < 200; i++) {
    const [a, b, corner] = [uniform() * 1e9, uniform() * 1e3, 1 + 5 * uniform()]
    const t = roundRoofline(a, b, corner)
    assert.isAtLeast(t, Math.max(a, b))
    assert.isAtMost(t, (a + b) * (1 + 1e-12))
    assert.approximately(roundRoofline(a, b, 1), a + b, 1e-3)
  }
  assert.strictEqual(roundRoofline(0, 0, 2), 0)
})

it("a skewed router touches fewer experts at a small batch, and all of them in the end", () => {
  const [experts, topK] = [128, 8]
  const even = Array.from({ length: experts }, () => topK / experts)
  const skewed = even.map((_, e) => (e < 4 ? 0.9 : (topK - 3.6) / (experts - 4)))
  for (const tokens of [1, 4, 16, 64]) {
    assert.isAtMost(touchedExpected(tokens, even), touchedBalanced(tokens, topK, experts) + 1e-9)
    assert.isAtMost(touchedExpected(tokens, skewed), touchedExpected(tokens, even) + 1e-9)
  }
  assert.approximately(touchedExpected(1, skewed), topK, 1e-9)
  assert.approximately(touchedExpected(1e5, skewed), experts, 1e-6)
  assert.strictEqual(touchedByCounts([0, 3, 0, 1]), 2)
})

it("expected experts touched agree with drawn tokens", () => {
  const chosen = [1, 0.5, 0.3, 0.1, 0.05, 0.05]
  const { uniform } = random(7)
  let touched = 0
  const draws = 4000
  for (let draw = 0; draw < draws; draw++) {
    const counts = chosen.map(() => 0)
    for (let t = 0; t < 5; t++) chosen.forEach((p, e) => (counts[e]! += uniform() < p ? 1 : 0))
    touched += touchedByCounts(counts)
  }
  assert.approximately(touched / draws, touchedExpected(5, chosen), 0.06)
})

const byHand: ExpertTimeConstants = {
  peakFlopsPerSec: 2e12,
  efficiency: 0.5,
  fixedPs: 10,
  perResidentPs: 3,
  bytesPerSec: 1e12,
  corner: 1
}

it("one layer, counted by hand: no overlap, one byte a picosecond, one FLOP a picosecond", () => {
  const shape = { hidden: 4, expertFfn: 5, bytesPerWeight: 2 }
  // 2 experts: 240 bytes; 7 choices: 840 FLOP; activations 7 x 4 x 8 = 224 bytes; 6 experts lie there.
  assert.approximately(moeLayerPs(byHand, shape, 2, 7), 10 + 6 + 240 + 840 + 224, 1e-9)
  assert.approximately(moeLayerPs(byHand, shape, 2, 7, 6), 10 + 18 + 240 + 840 + 224, 1e-9)
  const { layerPs } = expertTimer({ ...byHand, unusedBytes: 5, launchPs: 100 }, shape)
  assert.strictEqual(layerPs(50, 1, 0, 3), 10 + 3 + 50 + 3 * 4 * 5, "tokens of others cost their passes")
  assert.strictEqual(layerPs(0, 1, 0), 100, "nothing is faster than its launches")
})

it("tiles: the next power of two of the mean, padded in part, each at the cost of its overhead", () => {
  const tile = { leastRows: 16, mostRows: 128, overheadRows: 16, loss: 0.5 }
  const { tileRows, expertPs } = expertTimer({ ...byHand, tile }, { hidden: 1, expertFfn: 1, bytesPerWeight: 0 })
  assert.deepStrictEqual([0, 3, 17, 64, 1e6].map(tileRows), [16, 16, 32, 64, 128])
  // 20 rows in tiles of 16: 26 count, twice for the overhead of 16 rows a tile, 6 FLOP a row.
  assert.approximately(expertPs(20, 16), 26 * 2 * 6, 1e-9)
  assert.approximately(expertPs(20, 128), (20 + 54) * (1 + 16 / 128) * 6, 1e-9)
  assert.approximately(bestEfficiency({ efficiency: 0.9, tile }), 0.8, 1e-12)
})

it("a hot expert is bound by arithmetic and cold ones by reading: skew costs more than the sums say", () => {
  const { uniform } = random(3)
  const constants = { ...byHand, corner: 2 }
  const shape = { hidden: 64, expertFfn: 64, bytesPerWeight: 100 }
  const { expertPs, layerPs } = expertTimer(constants, shape)
  for (let i = 0; i < 100; i++) {
    const tokens = Array.from({ length: 8 }, () => Math.round(400 * uniform() ** 4) + 1)
    const choices = tokens.reduce((a, b) => a + b, 0)
    const each = tokens.reduce((sum, count) => sum + expertPs(count, Infinity), 0)
    assert.isAtLeast(layerPs(each, 8, choices) * (1 + 1e-12), moeLayerPs(constants, shape, 8, choices))
  }
})

it("rows that their own table contradicts are set apart, and no others", () => {
  const row = (ranks: number, tokens: number, us: number, distribution = "balanced") =>
    `fp8,${distribution},1,${ranks},64,32,8,2,${tokens},${us}`
  const header =
    "moe_dtype,distribution,moe_tp_size,moe_ep_size,hidden_size,inter_size,num_experts,topk,num_tokens,latency_us"
  const rows = kernelRows(
    [header, row(1, 4, 100), row(1, 8, 76), row(1, 16, 90), row(4, 8, 100), row(4, 8, 100, "power_law_1.2")].join("\n"),
    "table.csv"
  )
  // 100 us at 4 tokens are over 30 % more than 76 at 8; so are 100 on four ranks than 76 on one. The skewed series stands alone.
  assert.deepStrictEqual([...setApart(rows)], [0, 3])
  assert.throws(() => kernelRows(`${header}\n${row(1, 4, -1)}`, "table.csv"), /table.csv, column latency_us: -1/)
})

it("three products make an expert, and a half-empty wave of tiles costs what the constant says", () => {
  const c = gemms["bfloat16"]!.constants
  assert.approximately(
    expertGemmsPs(c, 7168, 2048, 64),
    2 * gemmPs(c, 64, 2048, 7168) + gemmPs(c, 64, 7168, 2048),
    1e-3
  )
  assert.approximately(expertGemmsPs(c, 7168, 2048, 64, 2), gemmPs(c, 64, 2048, 7168) + gemmPs(c, 64, 7168, 2048), 1e-3)
  const bare = { ...c, fixedPs: 0, bytesPerSec: 1e30, efficiency: 1, corner: 8, peakFlopsPerSec: 1e12 }
  // 1 tile on 132 processors: with all of the wave lost it takes 132 times its own share.
  const [none, all] = [0, 1].map((waveLoss) => gemmPs({ ...bare, waveLoss }, 128, 128, 64))
  assert.approximately(all! / none!, 132, 1e-6)
})

it("a table with a broken number is refused, naming table and column", () => {
  const text =
    "moe_dtype,distribution,moe_tp_size,moe_ep_size,hidden_size,inter_size,num_experts,topk,num_tokens,latency_us"
  assert.throws(() => layerRows(`${text}\nfp8,balanced,1,1,64,32,8,2,4,-1`, "fp8"), /moe_h100.*latency_us: -1/)
  assert.isEmpty(layerRows(`${text}\nfp8,balanced,2,1,64,32,8,2,4,-1`, "fp8"), "a split layer is other work")
})

/** Targets of the project: median over all rows, and median of the worst shape's rows. */
const targets: Record<Dtype, readonly [all: number, worst: number]> = {
  bfloat16: [0.05, 0.1],
  fp8: [0.05, 0.1],
  fp8_block: [0.05, 0.1]
}

for (const dtype of dtypes) {
  it(`the committed constants keep to the targets on every balanced row of one H100: ${dtype}`, () => {
    const text = table(layerTable)
    if (text === undefined) return
    const rows = layerRows(text, dtype)
    assert.isAbove(rows.length, 250)
    const given = ofDtype[dtype]
    const family = kernelFamilies.find((one) => one.dtype === dtype)!
    const timed = rows.map((row) => {
      const touched = touchedBalanced(row.tokens, row.topK, row.experts)
      const constants = { ...family.constants, ...given }
      const modelledPs = moeLayerPs(constants, { ...row, ...given }, touched, row.tokens * row.topK, row.experts)
      return { shape: row.shape, measuredPs: row.measuredPs, modelledPs }
    })
    const [all, worst] = targets[dtype]
    assert.isAtMost(medianError(timed), all)
    for (const shape of new Set(timed.map((row) => row.shape)))
      assert.isAtMost(medianError(timed.filter((row) => row.shape === shape)), worst, shape)
  })
}

it("an expert of two matrices takes as long as a gated one of two thirds of the ffn", () => {
  const constants: ExpertTimeConstants = {
    peakFlopsPerSec: 1e15,
    fixedPs: 1e6,
    perResidentPs: 1e3,
    bytesPerSec: 3e12,
    efficiency: 0.7,
    corner: 3,
    tile: { leastRows: 16, mostRows: 128, overheadRows: 8, loss: 0.5 }
  }
  for (const tokens of [1, 40, 4000]) {
    const gated = moeLayerPs(constants, { hidden: 1024, expertFfn: 640, bytesPerWeight: 2 }, 8, tokens * 8)
    const plain = moeLayerPs(constants, { hidden: 1024, expertFfn: 960, matrices: 2, bytesPerWeight: 2 }, 8, tokens * 8)
    assert.strictEqual(plain, gated)
  }
})
