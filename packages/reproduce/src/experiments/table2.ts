import type { ReproducedRow } from "../document.ts"
import { addedAreaPower, addedUnits, type AddedUnit, dojo, expertsOf, tableLimits } from "@moira/wafer"
import { Effect } from "effect"
import type { Reproduction } from "../reproduction.ts"

type Name = keyof typeof addedUnits

/** The study's table: capacity in bytes, width in bits, number, mm2, mW; cores have no SRAM. */
const published: Readonly<
  Record<Name, readonly [capacity: number | null, bits: number | null, number: number, area: number, power: number]>
> = {
  predictionTable: [128, 16, 25, 0.002, 55.75],
  addressTranslation: [4.25 * 1024, 68, 25, 0.0048, 334.25],
  localCp: [null, null, 25, 7.5, 7000],
  expertDistribution: [4.5 * 1024, 72, 1, 0.0002, 13.94],
  heatmapCache: [512 * 1024, 512, 1, 0.0278, 184.67],
  globalCp: [null, null, 1, 1.1, 1000]
}

const row = (model: string, what: string, value: number, ours: number): ReproducedRow => ({
  model,
  what,
  unit: "count",
  published: { value },
  twin: null,
  real: null,
  ours,
  tolerance: 0.001
})

const unitRows = (name: Name): ReadonlyArray<ReproducedRow> => {
  const unit: AddedUnit = addedUnits[name]
  const [capacity, bits, number, area, power] = published[name]
  return [
    ...(capacity === null ? [] : [row(unit.name, "capacity of one, B", capacity, unit.capacityBytes!)]),
    ...(bits === null ? [] : [row(unit.name, "width, bits", bits, unit.bitWidth!)]),
    row(unit.name, "number on a wafer of 25 dies", number, unit.per === "die" ? dojo.columns * dojo.rows : 1),
    row(unit.name, "area of all, mm2", area, unit.areaMm2),
    row(unit.name, "power of all, mW", power, unit.powerMw)
  ]
}

const sums = addedAreaPower(dojo.columns * dojo.rows)

/** Table II: what the added units cost, and what they can hold. */
export default {
  contract: "reproduction/v1",
  title: "Table II: the added units, their area and their power",
  claim: "The units take 6.13 mm2 and 8588.61 mW, 0.04 % of the wafer, and hold 100 layers of 512 experts.",
  figures: [],
  needsTraces: false,
  run: () =>
    Effect.succeed({
      rows: [
        ...(Object.keys(published) as ReadonlyArray<Name>).flatMap(unitRows),
        row("all units", "area, mm2: the printed total against the sum of the column", 6.13, sums.areaMm2),
        row("all units", "power, mW: the printed total against the sum of the column", 8588.61, sums.powerMw),
        { ...row("all units", "share of the dies' area, %", 0.04, 100 * sums.areaShare), tolerance: 0.15 },
        ...Object.entries(expertsOf).map(([name, experts]) =>
          row(addedUnits[name as Name].name, "experts of one layer, from capacity and width", 512, experts)
        ),
        row("all units", "layers of 512 experts, from the store of heatmaps", 100, tableLimits.layers)
      ],
      documents: [],
      notes: [
        "The study's totals do not agree with each other: its area column adds up to 8.63 mm2, not to the printed 6.13, which it would with 5.0 instead of 7.5 for the Local Command Processors. The printed 0.04 % fits 8.63.",
        "Units, areas and powers are the study's own, read into `packages/wafer/src/units`; numbers of units, sums, the share and the experts that fit are worked out from them and from 814 mm2 a die.",
        "A model with more experts or layers than the tables hold is refused under the strategies that need them (pred, allo+pred)."
      ]
    })
} satisfies Reproduction
