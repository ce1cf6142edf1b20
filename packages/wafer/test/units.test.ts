import { assert, it } from "@effect/vitest"
import { addedAreaPower, h100DieMm2 } from "../src/units/area-power.ts"
import { addedUnits, printedTotals } from "../src/units/table-ii.ts"
import { expertsOf, heatmapEntryBytes, heatmapStoreBytes, tableLimits } from "../src/units/capacity.ts"

it("Table II's own sums: the printed power, the printed share, but not the printed area", () => {
  const { areaMm2, powerMw, areaShare } = addedAreaPower(25)
  assert.approximately(powerMw, printedTotals.powerMw, 0.005)
  assert.approximately(areaMm2, 8.6348, 1e-9)
  assert.isAbove(areaMm2 / printedTotals.areaMm2, 1.4)
  assert.strictEqual(areaShare.toFixed(4), printedTotals.areaShare.toFixed(4))
  assert.strictEqual((printedTotals.areaMm2 / (25 * h100DieMm2)).toFixed(4), "0.0003", "the printed area gives less")
})

it("units of each die scale with the dies, those of the wafer do not", () => {
  const [one, two] = [addedAreaPower(1), addedAreaPower(2)]
  const { predictionTable, addressTranslation, localCp } = addedUnits
  const perDie = (predictionTable.powerMw + addressTranslation.powerMw + localCp.powerMw) / 25
  assert.approximately(two.powerMw - one.powerMw, perDie, 1e-9)
  assert.isBelow(two.areaShare, one.areaShare)
  assert.approximately(addedAreaPower(25, 2 * h100DieMm2).areaShare, addedAreaPower(25).areaShare / 2, 1e-12)
})

it("every table has room for 512 experts, the heatmaps for 100 layers of them", () => {
  for (const [table, experts] of Object.entries(expertsOf)) assert.strictEqual(experts, 512, table)
  assert.deepStrictEqual(tableLimits, { experts: 512, layers: 100 })
  assert.strictEqual(100 * 512 * 512 * heatmapEntryBytes, heatmapStoreBytes)
})
