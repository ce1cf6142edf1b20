/**
 * Machines by name. What each number rests on is in `calibration.json` and the README: data sheets, the layer times fitted
 * to a measured H100, bandwidths that people measured, and some that are assumed.
 */
import { kernels, measuredOn } from "./kernels.ts"
import type { OffloadSpec, TierSpec } from "./spec.ts"

const { fixedPs, perResidentPs, corner } = kernels

/** A MoE layer fitted to a measured H100 (bf16), as a spec says it: shares to a thousandth, whole picoseconds. */
const layerTime = {
  computeEfficiency: Math.round(kernels.efficiency * 1000) / 1000,
  fixedPs: Math.round(fixedPs),
  perExpertPs: Math.round(perResidentPs),
  corner
}

const h100 = {
  flopsPerSec: 989e12,
  memoryBytes: 80e9,
  memoryReservedBytes: 20e9,
  memoryBytesPerSec: 3.35e12,
  memoryEfficiency: Math.round((kernels.bytesPerSec / measuredOn.memoryBytesPerSec) * 1000) / 1000,
  memoryLatencyPs: 300_000,
  ...layerTime
}

/** A 24 GB consumer GPU (RTX 4090); launches and shares are taken to be those of the H100. */
const consumer = {
  flopsPerSec: 165e12,
  memoryBytes: 24e9,
  memoryReservedBytes: 6e9,
  memoryBytesPerSec: 1.008e12,
  memoryEfficiency: 0.91,
  memoryLatencyPs: 300_000,
  ...layerTime
}

/** A copy is asked for by a driver call, of 10 us as for the host of the wafer backend. */
const copyPs = 10_000_000

/** 16 lanes of 32 GT/s, 128b/130b. */
const pcie5 = { linkBytesPerSec: 63.0e9, linkEfficiency: 0.84, linkLatencyPs: copyPs }
/** 16 lanes of 16 GT/s, 128b/130b. */
const pcie4 = { linkBytesPerSec: 31.5e9, linkEfficiency: 0.8, linkLatencyPs: copyPs }

const serverDram: TierSpec = {
  bytes: 1024e9,
  reservedBytes: 64e9,
  bytesPerSec: 200e9,
  latencyPs: 100_000,
  ...pcie5
}

/** One socket's DRAM in front of CXL memory expanders behind 16 lanes: those cost a hop and reach less of their lanes. */
const cxl: TierSpec = {
  bytes: 2048e9,
  reservedBytes: 0,
  bytesPerSec: 120e9,
  latencyPs: 250_000,
  linkBytesPerSec: 63.0e9,
  linkEfficiency: 0.6,
  linkLatencyPs: 0
}

/** One drive on 4 lanes of 32 GT/s. */
const nvme: TierSpec = {
  bytes: 2000e9,
  reservedBytes: 0,
  bytesPerSec: 14e9,
  latencyPs: 60_000_000,
  linkBytesPerSec: 15.75e9,
  linkEfficiency: 0.9,
  linkLatencyPs: 0
}

export const offloadPcie5: OffloadSpec = { ...h100, tiers: { dram: serverDram } }

export const offloadPcie4: OffloadSpec = {
  ...consumer,
  tiers: { dram: { bytes: 128e9, reservedBytes: 16e9, bytesPerSec: 60e9, latencyPs: 100_000, ...pcie4 } }
}

export const offloadCxl: OffloadSpec = {
  ...h100,
  tiers: { dram: { ...serverDram, bytes: 256e9 }, cxl }
}

export const offloadSsd: OffloadSpec = {
  ...consumer,
  tiers: {
    dram: { bytes: 64e9, reservedBytes: 16e9, bytesPerSec: 60e9, latencyPs: 100_000, ...pcie4 },
    ssd: nvme
  }
}
