import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { isEven, type KernelRow, kernelRows, kernelTables, setApart } from "@moira/hardware/calibration"
import type { ExpertDtype } from "../src/expert-kernels.ts"
import { predictLayer } from "../src/prediction/predict.ts"
import type { LayerQuestion } from "../src/prediction/question.ts"

/** Text of a measured table, or nothing and a line saying so where the shared data is absent. */
const table = (name: string): string | undefined => {
  const file = new URL(`../../../../shared/data/hardware/${name}`, import.meta.url)
  if (existsSync(file)) return readFileSync(file, "utf8")
  console.warn(`skipped: no measured table ${name} beside the repository`)
  return undefined
}

/** What a row measured, as the README says how to ask for it. */
const questionOf = (row: KernelRow, gpu: "h100" | "b200"): LayerQuestion => {
  const alpha = Number(/^power_law_(.+)$/.exec(row.distribution)?.[1])
  const wide = { moe_context: ["prefill", "all"], moe_generation: ["decode", "arrived"] } as const
  const [phase, seen] = wide[row.phase as "moe_context"] ?? ["decode", "all"]
  return {
    gpu,
    ranks: row.ranks,
    tokens: { total: row.tokens },
    experts: row.experts,
    topK: row.topK,
    hidden: row.hidden,
    expertFfn: row.expertFfn,
    dtype: row.dtype as ExpertDtype,
    engine: row.phase === "" ? "trtllm" : "sglang",
    phase,
    seen,
    distribution: isEven(row) ? { kind: "balanced" } : { kind: "power-law", alpha },
    exchange: "none",
    draws: 5
  }
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Every few tokens of a series, which a test has time for. */
const sampled = (rows: ReadonlyArray<KernelRow>) => {
  const apart = setApart(rows)
  const tokens = [...new Set(rows.map((row) => row.tokens))].toSorted((a, b) => a - b)
  return rows.filter((row, i) => !apart.has(i) && tokens.indexOf(row.tokens) % 4 === 1)
}

const judge = (rows: ReadonlyArray<KernelRow>, gpu: "h100" | "b200") =>
  sampled(rows).map((row) => ({ row, modelledPs: predictLayer(questionOf(row, gpu)).hottestRankPs }))

type Judged = ReturnType<typeof judge>

const errorOf = (judged: Judged, even: boolean) =>
  median(
    judged
      .filter(({ row }) => isEven(row) === even)
      .map(({ row, modelledPs }) => Math.abs(modelledPs / row.measuredPs - 1))
  )

/** How often it is said rightly whether skew costs time, where the measured effect is more than 5 %. */
const signOf = (judged: Judged) => {
  const key = ({ shape, ranks, tokens, phase }: KernelRow) => [shape, ranks, tokens, phase].join()
  const even = new Map(judged.filter(({ row }) => isEven(row)).map((one) => [key(one.row), one]))
  const right = judged.flatMap((one) => {
    const other = even.get(key(one.row))
    if (isEven(one.row) || other === undefined) return []
    const measured = one.row.measuredPs / other.row.measuredPs
    return Math.abs(measured - 1) <= 0.05 ? [] : [measured > 1 === one.modelledPs > other.modelledPs]
  })
  return right.filter(Boolean).length / right.length
}

/** Goals: median error of balanced and of skewed rows, sign of the effect of skew; those of nvfp4 are what its series allow. */
const goals: ReadonlyArray<
  readonly [
    dtype: string,
    phase: string,
    table: keyof typeof kernelTables,
    balanced: number,
    skewed: number,
    sign: number
  ]
> = [
  ["bfloat16", "", "skewed", 0.05, 0.15, 0.9],
  ["fp8", "", "skewed", 0.05, 0.15, 0.93],
  ["fp8_block", "", "skewed", 0.05, 0.15, 0.95],
  ["fp8_block", "moe_context", "wideEp", 0.05, 0.15, 0.95],
  ["fp8_block", "moe_generation", "wideEp", 0.05, 0.15, 0.95],
  ["nvfp4", "", "nvfp4", 0.09, 0.18, 0.8]
]

for (const [dtype, phase, name, balanced, skewed, sign] of goals) {
  it(`expert times of measured ranks: ${dtype} ${phase}`, () => {
    const text = table(kernelTables[name])
    if (text === undefined) return
    const rows = kernelRows(text, kernelTables[name]).filter((row) => row.dtype === dtype && row.phase === phase)
    const judged = judge(rows, dtype === "nvfp4" ? "b200" : "h100")
    assert.isAbove(judged.length, 40)
    const found = { balanced: errorOf(judged, true), skewed: errorOf(judged, false), sign: signOf(judged) }
    assert.isAtMost(found.balanced, balanced, JSON.stringify(found))
    assert.isAtMost(found.skewed, skewed, JSON.stringify(found))
    assert.isAtLeast(found.sign, sign, JSON.stringify(found))
  })
}
