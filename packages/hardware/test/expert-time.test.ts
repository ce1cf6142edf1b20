import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { type Dtype, dtypes, layerRows, layerTable, ofDtype } from "../src/calibration/measured.ts"
import { type ExpertTimeConstants, moeLayerPs } from "../src/expert-time/moe-layer.ts"
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
const layers: Fits<ExpertTimeConstants> = committed("moe-layer-h100.json")
const gemms: Fits<GemmConstants> = committed("expert-gemms-h100.json")
const byActivations: Fits<ExpertTimeConstants> = committed("moe-layer-activations-h100.json")

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

it("one layer, counted by hand: no overlap, one byte a picosecond, one FLOP a picosecond", () => {
  const constants = {
    peakFlopsPerSec: 2e12,
    efficiency: 0.5,
    fixedPs: 10,
    perExpertPs: 3,
    bytesPerSec: 1e12,
    corner: 1
  }
  const shape = { hidden: 4, expertFfn: 5, bytesPerWeight: 2 }
  // 2 experts: 240 bytes; 7 choices: 840 FLOP; activations 7 x 4 x 8 = 224 bytes.
  assert.strictEqual(moeLayerPs(constants, shape, 2, 7), 10 + 6 + 240 + 840 + 224)
})

it("three products make an expert, and a half-empty wave of tiles costs what the constant says", () => {
  const c = gemms["bfloat16"]!.constants
  assert.approximately(
    expertGemmsPs(c, 7168, 2048, 64),
    2 * gemmPs(c, 64, 2048, 7168) + gemmPs(c, 64, 7168, 2048),
    1e-3
  )
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
  fp8_block: [0.05, 0.2]
}

for (const dtype of dtypes) {
  it(`the committed layer constants keep to the targets on every balanced H100 row: ${dtype}`, () => {
    const text = table(layerTable)
    if (text === undefined) return
    const rows = layerRows(text, dtype)
    assert.isAbove(rows.length, 250)
    const given = ofDtype[dtype]
    const timed = rows.map((row) => ({
      shape: row.shape,
      measuredPs: row.measuredPs,
      modelledPs: moeLayerPs(
        layers[dtype]!.constants,
        { ...row, ...given },
        touchedBalanced(row.tokens, row.topK, row.experts),
        row.tokens * row.topK
      )
    }))
    const keeps = ([all, worst]: readonly [all: number, worst: number], pairs: typeof timed) => {
      assert.isAtMost(medianError(pairs), all)
      for (const shape of new Set(pairs.map((row) => row.shape)))
        assert.isAtMost(medianError(pairs.filter((row) => row.shape === shape)), worst, shape)
    }
    keeps(targets[dtype], timed)
    // With activations in place of a time an expert every data type keeps to half of the strictest target.
    const closer = rows.map((row, i) => ({
      ...timed[i]!,
      modelledPs: moeLayerPs(
        byActivations[dtype]!.constants,
        { ...row, ...given },
        touchedBalanced(row.tokens, row.topK, row.experts),
        row.tokens * row.topK
      )
    }))
    keeps([0.025, 0.05], closer)
  })
}
