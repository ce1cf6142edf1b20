/** The largest model that the added units hold, worked out from their capacities and widths. */
import { leastOf } from "@moira/core/statistics"
import { addedUnits } from "./table-ii.ts"

const bits = (bytes: number): number => bytes * 8

/** `cp_en` and `is_local`: two bits for each expert of the layer that a die works on. */
const predictionBitsPerExpert = 2

/** Bytes of one heatmap entry. */
export const heatmapEntryBytes = 2

/** Heatmaps of all layers in memory; the cache on chip holds one layer. The study: 50 MB for 100 layers of 512 experts. */
export const heatmapStoreBytes = 50 * 1024 ** 2

const { predictionTable, addressTranslation, expertDistribution, heatmapCache } = addedUnits

/** Experts of one layer that each table has room for: two bits, one row, one row, one row and column of the heatmap. */
export const expertsOf = {
  predictionTable: bits(predictionTable.capacityBytes) / predictionBitsPerExpert,
  addressTranslation: bits(addressTranslation.capacityBytes) / addressTranslation.bitWidth,
  expertDistribution: bits(expertDistribution.capacityBytes) / expertDistribution.bitWidth,
  heatmapCache: Math.floor(Math.sqrt(heatmapCache.capacityBytes / heatmapEntryBytes))
} as const satisfies Record<string, number>

/** Most experts a layer, and most layers of so many experts, that a wafer with predictor-managed memory runs. */
export const tableLimits = {
  experts: leastOf(Object.values(expertsOf)),
  layers: Math.floor(heatmapStoreBytes / heatmapCache.capacityBytes)
} as const
