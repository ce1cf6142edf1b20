// Fits every family of expert kernels to the measured tables, prints the errors and writes
// packages/hardware/calibration/expert-kernels.json. No clock, seeded draws: the same tables give the same bytes.
//   node --conditions=@moira/source scripts/calibrate/kernels.ts ../shared/data/hardware [DATE [FAMILY]]
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type KernelRow, kernelRows, kernelTables } from "../../packages/hardware/src/calibration/kernel-rows.ts"
import { type KernelId, kernelRecords } from "../../packages/hardware/src/calibration/kernel-records.ts"
import { calibration, digits, percent } from "./fit-report.ts"
import { type FamilyPlan, fitFamily } from "./kernel-fit.ts"

const { date, out, read } = calibration("kernels.ts", "hardware")
const only = process.argv[4]

type Plan = Omit<FamilyPlan, "record"> & {
  readonly tables: ReadonlyArray<keyof typeof kernelTables>
  readonly phase?: string
}

const start = {
  fixedPs: 25e6,
  perResidentPs: 1e5,
  bytesPerSec: 3.1e12,
  efficiency: 0.8,
  corner: 2,
  activationBytes: 13,
  unusedBytes: 5,
  overheadRows: 60,
  loss: 0.4
}
const cutlass = { seesAll: true, replayed: true, packedEven: false, most: 0.3 }

const plans: Readonly<Record<KernelId, Plan>> = {
  "cutlass-bf16": { ...cutlass, start, given: { leastRows: 16, mostRows: 256 }, tables: ["skewed", "balanced"] },
  "cutlass-fp8": { ...cutlass, start, given: { leastRows: 16, mostRows: 256 }, tables: ["skewed", "balanced"] },
  "cutlass-fp8-block": {
    ...cutlass,
    start: { ...start, activationBytes: 32, overheadRows: 90 },
    given: { leastRows: 16, mostRows: 128 },
    tables: ["skewed", "balanced"]
  },
  "deepgemm-contiguous": {
    start: {
      launchPs: 390e6,
      fixedPs: 190e6,
      perResidentPs: 4e4,
      bytesPerSec: 2.4e12,
      efficiency: 0.7,
      corner: 2.5,
      activationBytes: 5,
      unusedBytes: 2.5
    },
    given: { leastRows: 128, mostRows: 128, overheadRows: 0, loss: 1 },
    seesAll: true,
    replayed: false,
    packedEven: true,
    most: 0.3,
    tables: ["wideEp"],
    phase: "moe_context"
  },
  "deepgemm-masked": {
    start: {
      fixedPs: 21e6,
      perResidentPs: 7e5,
      bytesPerSec: 3.4e12,
      efficiency: 0.74,
      corner: 1.5,
      activationBytes: 2,
      loss: 0.8
    },
    given: { leastRows: 128, mostRows: 128, overheadRows: 0, unusedBytes: 0 },
    seesAll: false,
    replayed: false,
    packedEven: false,
    most: 0.3,
    tables: ["wideEp"],
    phase: "moe_generation"
  },
  // Two series of five take 1.7 times as long as the others do: the fit is of the others.
  "cutlass-nvfp4": {
    ...cutlass,
    most: 0.12,
    start: { ...start, fixedPs: 35e6, bytesPerSec: 6.8e12, efficiency: 0.54, activationBytes: 18, overheadRows: 20 },
    given: { leastRows: 16, mostRows: 256 },
    tables: ["nvfp4"]
  }
}

/** Rows of all tables of a plan; what two of them hold is taken once. */
const rowsFor = (dtype: string, { tables, phase = "" }: Plan): ReadonlyArray<KernelRow> => {
  const byKey = new Map<string, KernelRow>()
  for (const name of tables)
    for (const row of kernelRows(read(kernelTables[name]), kernelTables[name])) {
      if (row.dtype !== dtype || row.phase !== phase) continue
      const key = [row.shape, row.ranks, row.distribution, row.tokens].join()
      if (!byKey.has(key)) byKey.set(key, row)
    }
  return [...byKey.values()]
}

const families = Object.fromEntries(
  kernelRecords
    .filter(({ id }) => only === undefined || id === only)
    .map((record) => {
      const { tables, ...plan } = plans[record.id]
      const fit = fitFamily({ ...plan, record }, rowsFor(record.dtype, plans[record.id]))
      const { balanced, skewed, sign, signOfOneRank } = fit.errors
      console.log(`\n${record.id}: ${fit.rows} rows, ${fit.apart} apart`, digits(fit.constants))
      for (const [what, { medianError, p90Error, rows }] of Object.entries({ balanced, skewed }))
        console.log(`  ${what}: ${rows} rows, median ${percent(medianError)}, p90 ${percent(p90Error)}`)
      console.log(`  sign right: ${percent(sign.beyond5Percent.right)} beyond 5 %, ${percent(sign.all.right)} of all`)
      console.log(`  one rank: ${percent(signOfOneRank.beyond5Percent.right)}, ${percent(signOfOneRank.all.right)}`)
      for (const [group, errors] of Object.entries(fit.leftOut))
        if (errors !== undefined)
          console.log(
            `  left out, ${group}: balanced ${percent(errors.balanced.medianError)} p90 ${percent(errors.balanced.p90Error)},` +
              ` skewed ${percent(errors.skewed.medianError)} p90 ${percent(errors.skewed.p90Error)},` +
              ` sign ${percent(errors.sign.beyond5Percent.right)}`
          )
      const used = tables.map((name) => ({
        table: kernelTables[name],
        sha256: createHash("sha256").update(read(kernelTables[name])).digest("hex")
      }))
      return [record.id, { tables: used, ...fit }]
    })
)

const file = join(out, "expert-kernels.json")
const others = only === undefined ? {} : (JSON.parse(readFileSync(file, "utf8")) as { families: object }).families
const source = "ai-dynamo/aiconfigurator, Apache-2.0"
const script = "scripts/calibrate/kernels.ts"
const all = { source, script, fitted: date, families: { ...others, ...families } }
writeFileSync(file, `${JSON.stringify(digits(all), null, 2)}\n`)
