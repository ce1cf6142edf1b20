/** The units that the study adds to a wafer: its Table II as data, and its printed totals. */

export interface AddedUnit {
  readonly name: string
  /** One for each die, or one for the wafer. */
  readonly per: "die" | "wafer"
  /** SRAM of one unit; none for cores. */
  readonly capacityBytes?: number
  /** Width of one row of the SRAM. */
  readonly bitWidth?: number
  /** How many of them the study's 25 dies have. Area and power are those of all of them. */
  readonly number: number
  readonly areaMm2: number
  readonly powerMw: number
  readonly source: string
}

const source = "study, Table II"

export const addedUnits = {
  predictionTable: {
    name: "Prediction Table",
    per: "die",
    capacityBytes: 128,
    bitWidth: 16,
    number: 25,
    areaMm2: 0.002,
    powerMw: 55.75,
    source
  },
  addressTranslation: {
    name: "Address Translation Unit",
    per: "die",
    capacityBytes: 4.25 * 1024,
    bitWidth: 68,
    number: 25,
    areaMm2: 0.0048,
    powerMw: 334.25,
    source
  },
  localCp: {
    name: "Local Command Processor (Cortex-A72 class)",
    per: "die",
    number: 25,
    areaMm2: 7.5,
    powerMw: 7000,
    source
  },
  expertDistribution: {
    name: "Expert Distribution Table",
    per: "wafer",
    capacityBytes: 4.5 * 1024,
    bitWidth: 72,
    number: 1,
    areaMm2: 0.0002,
    powerMw: 13.94,
    source
  },
  heatmapCache: {
    name: "Heatmap Cache",
    per: "wafer",
    capacityBytes: 512 * 1024,
    bitWidth: 512,
    number: 1,
    areaMm2: 0.0278,
    powerMw: 184.67,
    source
  },
  globalCp: {
    name: "Global Command Processor (Cortex-A76 class)",
    per: "wafer",
    number: 1,
    areaMm2: 1.1,
    powerMw: 1000,
    source
  }
} as const satisfies Record<string, AddedUnit>

/**
 * What the study prints below its table. The power is the sum of its column; the area is not (8.63), but would be with
 * 5.0 instead of 7.5 for the Local Command Processors. The share fits the column's own sum, not the printed area.
 */
export const printedTotals = { areaMm2: 6.13, powerMw: 8588.61, areaShare: 0.0004, source } as const
