/** Area and power that the added units cost a wafer. */
import { type AddedUnit, addedUnits } from "./table-ii.ts"

/** One H100 die: 814 mm2 (NVIDIA H100 Tensor Core GPU Architecture white paper, GH100 full chip). */
export const h100DieMm2 = 814

export interface AreaPower {
  readonly areaMm2: number
  readonly powerMw: number
  /** Area over that of all dies. */
  readonly areaShare: number
}

/**
 * Sums of Table II's columns for a wafer of `dies`: units that each die has are scaled from the study's 25 dies, the
 * others count once. Shares are of dies of `dieMm2`.
 */
export const addedAreaPower = (dies: number, dieMm2 = h100DieMm2): AreaPower => {
  const all: ReadonlyArray<AddedUnit> = Object.values(addedUnits)
  const sum = (column: "areaMm2" | "powerMw") =>
    all.reduce((total, unit) => total + (unit.per === "die" ? (unit[column] * dies) / unit.number : unit[column]), 0)
  const areaMm2 = sum("areaMm2")
  return { areaMm2, powerMw: sum("powerMw"), areaShare: areaMm2 / (dies * dieMm2) }
}
