import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { type GemmConstants, type TransferConstants, transferPs } from "@moira/hardware"
import { gemmRows, gemmTable, medianError, timeError, transferRows, transferTable } from "@moira/hardware/calibration"
import { fig13Expert, fig13Transfers } from "../src/measured/fig13.ts"

interface Fits<A> {
  readonly [name: string]: { readonly constants: A }
}
const committed = (file: string) =>
  JSON.parse(
    readFileSync(new URL(`./calibration/${file}`, import.meta.resolve("@moira/hardware/package.json")), "utf8")
  ).fits
const gemms: Fits<GemmConstants> = committed("expert-gemms-h100.json")
const transfers: Fits<TransferConstants> = committed("transfers-h100.json")

/** Text of a measured table, or nothing and a line saying so where the shared data is absent. */
const table = (name: string): string | undefined => {
  const file = new URL(`../../../../shared/data/hardware/${name}`, import.meta.url)
  if (existsSync(file)) return readFileSync(file, "utf8")
  console.warn(`skipped: no measured table ${name} beside the repository`)
  return undefined
}

it("figure 13 compares only what was measured whole", () => {
  const row = (m: number, n: number, k: number, measuredPs: number) => ({ shape: "", m, n, k, measuredPs })
  const rows = [row(8, 20, 10, 5), row(4, 20, 10, 3), row(4, 10, 20, 2), row(4, 7, 7, 99)]
  const points = fig13Expert(gemms["bfloat16"]!.constants, 10, 20, rows)
  assert.deepStrictEqual(
    points.map(({ tokens, measuredPs }) => [tokens, measuredPs]),
    [[4, 8]]
  )
  assert.strictEqual(timeError({ measuredPs: 4, modelledPs: 5 }), 0.25)
  const copies = fig13Transfers({ latencyPs: 10, bytesPerSec: 1e12 }, [{ library: "l", bytes: 30, measuredPs: 50 }])
  assert.deepStrictEqual(copies, [{ bytes: 30, measuredPs: 50, modelledPs: 40 }])
  assert.strictEqual(transferPs({ latencyPs: 10, bytesPerSec: 1e12 }, 0), 10)
})

it("the committed GEMM and transfer constants give the errors that docs/results/validation.md states", () => {
  const text = table(gemmTable)
  const copies = table(transferTable)
  if (text === undefined || copies === undefined) return
  const constants = gemms["bfloat16"]!.constants
  const rows = gemmRows(text, "bfloat16")
  const llama = fig13Expert(constants, 5120, 8192, rows)
  const deepseek = fig13Expert(constants, 7168, 2048, rows)
  assert.deepStrictEqual([llama.length, deepseek.length], [74, 74])
  assert.approximately(medianError(llama), 0.014, 0.001)
  assert.approximately(medianError(deepseek), 0.051, 0.001)
  const link = fig13Transfers(transfers["nccl/2.29.2"]!.constants, transferRows(copies, "nccl/2.29.2"))
  assert.approximately(medianError(link), 0.213, 0.001)
})
