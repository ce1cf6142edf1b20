import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { medianError } from "@moira/hardware/calibration"
import {
  allToAllRows,
  allToAllTable,
  type ExchangeRow,
  lowLatencyExchangeRows,
  lowLatencyExchangeTable,
  lowLatencyWiderTable,
  normalExchangeRows,
  normalExchangeTable,
  twoServerExchangeTable
} from "@moira/hardware/testing"
import type { ExchangeMode } from "../src/exchange/catalogue.ts"
import { type Gpu, gpus } from "../src/gpus.ts"
import { predictLayer } from "../src/prediction/predict.ts"

/** Text of a measured table, or nothing and a line saying so where the shared data is absent. */
const table = (name: string): string | undefined => {
  const file = new URL(`../../../../shared/data/hardware/${name}`, import.meta.url)
  if (existsSync(file)) return readFileSync(file, "utf8")
  console.warn(`skipped: no measured table ${name} beside the repository`)
  return undefined
}

/** A measured row as a question: ranks alike, experts drawn evenly. */
const asked = (
  row: Pick<ExchangeRow, "experts" | "hidden" | "tokens" | "topK"> & { readonly ranks: number },
  gpu: Gpu,
  dtype: "bfloat16" | "fp8" | "nvfp4",
  exchange: ExchangeMode,
  gpusPerServer = 8
) =>
  predictLayer({
    gpu,
    ranks: row.ranks,
    gpusPerServer,
    tokens: { perRank: row.tokens },
    experts: row.experts,
    topK: row.topK,
    hidden: row.hidden,
    expertFfn: 2048,
    dtype,
    distribution: { kind: "balanced" },
    exchange
  })

/** Median and 90th percentile of the absolute relative error. */
const held = (
  what: string,
  pairs: ReadonlyArray<{ readonly measuredPs: number; readonly modelledPs: number }>,
  median: number,
  p90: number
): void => {
  const sorted = pairs.map((pair) => Math.abs(pair.modelledPs / pair.measuredPs - 1)).toSorted((a, b) => a - b)
  assert.isAtMost(medianError(pairs), median, `${what}: median of ${pairs.length} rows`)
  assert.isAtMost(sorted[Math.floor(0.9 * sorted.length)]!, p90, `${what}: 90th percentile`)
}

const directions = ["dispatch", "combine"] as const

it("DeepEP normal inside a server and between two keeps to the measured tables, notices apart", () => {
  for (const [name, [median, p90]] of [
    [normalExchangeTable, [0.045, 0.125]],
    [twoServerExchangeTable, [0.03, 0.08]]
  ] as const) {
    const text = table(name)
    if (text === undefined) return
    const answers = normalExchangeRows(text).map((row) => ({
      row,
      ours: asked(
        { ...row, ranks: 8 * row.servers },
        { ...gpus.h100, exchangeProcessors: row.processors },
        "fp8",
        "normal"
      )
    }))
    assert.isAbove(answers.length, 60)
    for (const direction of directions)
      held(
        `${name}, ${direction}`,
        answers.map(({ row, ours }) => ({ measuredPs: row[`${direction}Ps`], modelledPs: ours[`${direction}Ps`] })),
        median,
        p90
      )
    const noticed = answers.filter(({ row }) => row.servers > 1)
    if (noticed.length > 0)
      for (const direction of directions)
        held(
          `${name}, notice of ${direction}`,
          noticed.map(({ row, ours }) => ({
            measuredPs: row[`${direction}NoticePs`],
            modelledPs: ours[`${direction}NoticePs`]
          })),
          0.09,
          0.3
        )
  }
})

it("DeepEP low latency keeps to the tables: a server of H100, two of them, a server of B200", () => {
  for (const name of [lowLatencyExchangeTable, lowLatencyWiderTable]) {
    const text = table(name)
    if (text === undefined) return
    const rows = lowLatencyExchangeRows(text)
    assert.isAbove(rows.length, 100)
    for (const gpu of ["h100", "b200"] as const)
      for (const direction of directions) {
        // One library version masks choices out; where few tokens are left, those rows ask for less than a question can say.
        const own = rows.filter((row) => row.gpu === gpu && row.choices > 0.9 * row.tokens * row.topK)
        if (own.length === 0) continue
        const pairs = own.map((row) => ({
          measuredPs: row[`${direction}Ps`],
          modelledPs: asked({ ...row, ranks: 8 * row.servers }, gpus[gpu], "fp8", "low-latency")[`${direction}Ps`]
        }))
        held(`${name}, ${gpu}, ${direction}`, pairs, 0.05, 0.12)
      }
  }
})

it("TensorRT-LLM's all-to-all of GB200 keeps to the table, each kernel, stage and data type", () => {
  const text = table(allToAllTable)
  if (text === undefined) return
  const answers = allToAllRows(text).map((row) => {
    const mode = row.stage === "combine-low-precision" ? "two-sided-low-precision" : row.kernel
    const ours = asked(row, gpus.gb200, row.dtype, mode, 72)
    const modelledPs =
      row.stage === "prepare" ? ours.dispatchNoticePs : row.stage === "dispatch" ? ours.dispatchPs : ours.combinePs
    return { ...row, modelledPs }
  })
  assert.strictEqual(answers.length, 1020)
  for (const kernel of ["two-sided", "one-sided"] as const)
    for (const stage of ["prepare", "dispatch", "combine", "combine-low-precision"] as const)
      for (const dtype of ["bfloat16", "fp8", "nvfp4"] as const) {
        const own = answers.filter((row) => row.kernel === kernel && row.stage === stage && row.dtype === dtype)
        if (own.length > 0) held(`${kernel} ${stage} ${dtype}`, own, 0.08, 0.17)
      }
})

const wide = { experts: 256, topK: 8, hidden: 7168 }

it("every kernel: more bytes or tokens are never faster, no tokens to send cost nothing, ranks alike wait alike", () => {
  const cases = [
    ["h100", "normal", 8, 8],
    ["h100", "normal", 32, 8],
    ["h100", "low-latency", 8, 8],
    ["h100", "low-latency", 64, 8],
    ["b200", "low-latency", 16, 8],
    ["gb200", "two-sided", 64, 72],
    ["gb200", "two-sided-low-precision", 16, 72],
    ["gb200", "one-sided", 72, 72]
  ] as const
  for (const [gpu, mode, ranks, gpusPerServer] of cases) {
    const at = (change: { readonly tokens?: number; readonly hidden?: number }, dtype: "bfloat16" | "fp8" = "fp8") =>
      asked({ ...wide, ranks, tokens: 64, ...change }, gpus[gpu], dtype, mode, gpusPerServer)
    const exchanged = ({ totalPs, expertsPs }: ReturnType<typeof at>) => totalPs - expertsPs
    let before = 0
    for (const tokens of [1, 2, 8, 64, 128, 129, 512, 4096, 65_536]) {
      const now = exchanged(at({ tokens }))
      assert.isAtLeast(now, before, `${mode}, ${tokens} tokens`)
      before = now
    }
    assert.isAtLeast(exchanged(at({ hidden: 8192 })), exchanged(at({})), mode)
    assert.isAtLeast(at({}, "bfloat16").dispatchPs, at({}).dispatchPs, mode)
  }
})
