/** The three machines of the study's Table I. Dies are H100 class, so the two shares are those measured on an H100. */
import type { WaferSpec } from "./spec.ts"

const die = {
  flopsPerSec: 989e12,
  computeEfficiency: 0.82,
  hbmBytes: 80e9,
  hbmReservedShare: 0.1,
  hbmBytesPerSec: 3.35e12,
  hbmEfficiency: 0.91,
  hbmLatencyPs: 300_000,
  linkBytesPerSec: 1.7e12,
  linkLatencyPs: 200_000,
  outstandingFetches: 128,
  // Assumed, the study gives none of these: an expert takes 60 cycles of a 3 GHz core on either; the wafer's own adds 0.5 us
  // to read and write its tables, the host two synchronised small copies over PCIe of 10 us (4 to 6 us are the launch alone).
  globalCp: { basePs: 500_000, perExpertPs: 20_000 },
  hostCpu: { basePs: 20_000_000, perExpertPs: 20_000 },
  commandBytes: 16
}

export const dojo: WaferSpec = { columns: 5, rows: 5, ...die }

export const tsmcSow: WaferSpec = { columns: 3, rows: 8, ...die }

export const dojoEnhanced: WaferSpec = {
  columns: 5,
  rows: 5,
  ...die,
  flopsPerSec: 4500e12,
  hbmBytes: 180e9,
  hbmBytesPerSec: 8e12,
  linkBytesPerSec: 2e12
}
