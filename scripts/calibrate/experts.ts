// Fits single products and transfers to the measured H100 tables, prints the errors and writes packages/hardware/calibration/*.json.
// No seed and no clock: the search is deterministic, so the same tables give the same bytes.
//   node --conditions=@moira/source scripts/calibrate/experts.ts ../shared/data/hardware [DATE]
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gemmPs, transferPs } from "../../packages/hardware/src/expert-time/index.ts"
import { fig13Expert, fig13Transfers } from "../../packages/reproduce/src/measured/fig13.ts"
import {
  type Dtype,
  dtypes,
  gemmRows,
  gemmTable,
  ofDtype,
  transferRows,
  transferTable
} from "../../packages/hardware/src/calibration/measured.ts"
import { medianError, timeError } from "../../packages/hardware/src/calibration/errors.ts"
import { type Fit, fitConstants } from "./fit.ts"
import { calibration, digits, percent, printFit } from "./fit-report.ts"

const { date, out, read } = calibration("experts.ts", "hardware")

const write = (file: string, table: string, fits: object): void => {
  const sha256 = createHash("sha256").update(read(table)).digest("hex")
  const source = "ai-dynamo/aiconfigurator, Apache-2.0: one H100 SXM"
  const script = "scripts/calibrate/experts.ts"
  writeFileSync(
    join(out, file),
    `${JSON.stringify(digits({ table, sha256, source, script, fitted: date, fits }), null, 2)}\n`
  )
}

const named = (entry: readonly [shape: string, error: number] | undefined) =>
  entry === undefined ? undefined : { shape: entry[0], error: entry[1] }

const summary = <K extends string>(rows: number, fit: Fit<K>) => ({
  rows,
  medianError: fit.medianError,
  worstShape: named(fit.byShape[0]),
  heldOutError: fit.heldOutError,
  worstHeldOutShape: named(fit.heldOut[0]),
  byShape: Object.fromEntries(fit.byShape)
})

const byDtype = <A>(of: (dtype: Dtype) => A) => Object.fromEntries(dtypes.map((dtype) => [dtype, of(dtype)]))

const experts = [
  ["DeepSeek-V3, Kimi K2", 7168, 2048],
  ["Llama-4-Maverick", 5120, 8192]
] as const
const gemms = byDtype((dtype) => {
  const rows = gemmRows(read(gemmTable), dtype)
  const given = ofDtype[dtype]
  const fit = fitConstants({
    rows,
    start: { fixedPs: 5e6, bytesPerSec: 2.8e12, efficiency: 0.8, corner: 3, waveLoss: 0.5 },
    most: { efficiency: 1, waveLoss: 1 },
    model: (constants, { m, n, k }) => gemmPs({ ...constants, ...given }, m, n, k)
  })
  printFit(`GEMM, ${dtype} (n x k)`, rows.length, fit)
  const constants = { ...given, ...fit.constants }
  const fig13 = Object.fromEntries(
    experts.map(([model, hidden, ffn]) => {
      const points = fig13Expert(constants, hidden, ffn, rows)
      const worst = points.reduce((most, point) => Math.max(most, Math.abs(timeError(point))), 0)
      console.log(
        `  one expert of ${model}: ${points.length} batch sizes, median ${percent(medianError(points))}, worst ${percent(worst)}`
      )
      return [model, { batchSizes: points.length, medianError: medianError(points), worstError: worst }]
    })
  )
  return { constants, errors: summary(rows.length, fit), oneExpert: fig13 }
})
write("expert-gemms-h100.json", gemmTable, gemms)

const large = 32 * 2 ** 20
const transfers = Object.fromEntries(
  ["nccl/2.23", "nccl/2.27.3", "nccl/2.29.2"].map((library) => {
    const rows = transferRows(read(transferTable), library)
    const fit = fitConstants({
      rows: rows.map((row) => ({ ...row, shape: library })),
      start: { latencyPs: 8e6, bytesPerSec: 270e9 },
      model: (constants, { bytes }) => transferPs(constants, bytes)
    })
    const points = fig13Transfers(fit.constants, rows)
    const worst = points.reduce((most, point) => Math.max(most, Math.abs(timeError(point))), 0)
    const errors = {
      rows: rows.length,
      medianError: medianError(points),
      worstError: worst,
      medianErrorFrom32MiB: medianError(points.filter(({ bytes }) => bytes >= large))
    }
    console.log(`\nTwo GPUs, ${library}`, digits(fit.constants), digits(errors))
    for (const point of points)
      console.log(
        `  ${String(point.bytes).padStart(10)} B ${(point.measuredPs / 1e6).toFixed(2).padStart(8)} us measured ${(point.modelledPs / 1e6).toFixed(2).padStart(8)} modelled ${percent(timeError(point)).padStart(8)}`
      )
    return [library, { constants: fit.constants, errors }]
  })
)
write("transfers-h100.json", transferTable, transfers)
