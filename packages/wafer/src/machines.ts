/** The three machines of the study's Table I. Dies are H100 class, so the two shares are those measured on an H100. */
import { bestEfficiency } from "@moira/hardware"
import { kernelFamilies } from "@moira/hardware/calibration"
import { dojoEnergy, dojoEnhancedEnergy, tsmcSowEnergy } from "./energy.ts"
import type { WaferSpec } from "./spec.ts"

const { constants, measuredOn } = kernelFamilies.find(({ id }) => id === "cutlass-bf16")!
const toPercent = (share: number): number => Math.round(share * 100) / 100

// Both controllers are taken to run an allocator in the cycles it takes on a server core, at 3 GHz, the Cortex-A76's design clock.
const cyclePs = 1000 / 3

// The counts of all dies come to the middle of the wafer and its decisions go back: 4 links of 200 ns each way on 5 x 5 dies.
const acrossWaferPs = 2 * 4 * 200_000

// Fitted to Figure 15, of which it is the only constant (`scripts/calibrate/host-time.ts`); nothing else uses the host. The study
// says two PCIe transfers a layer (V-F) and no time. Parts that were measured elsewhere, two transfers of 6 us each and a kernel
// that no graph replays, come to 14.6 us: synchronising and the host's own loop are the rest.
const hostTripPs = 35_000_000

const die = {
  flopsPerSec: 989e12,
  // From the law of 16-bit kernels on an H100 (packages/hardware/calibration/expert-kernels.json), as a spec says it: what its
  // largest tiles reach of the peak, its bandwidth over the data sheet's, its time for an expert that is there.
  computeEfficiency: toPercent(bestEfficiency(constants)),
  taskOverheadPs: Math.round(constants.perResidentPs),
  hbmBytes: 80e9,
  hbmReservedShare: 0.1,
  hbmBytesPerSec: 3.35e12,
  hbmEfficiency: toPercent(constants.bytesPerSec / measuredOn.memoryBytesPerSec),
  hbmLatencyPs: 300_000,
  // Table I: 64 MB, hit 100 ns, miss penalty 110 ns. Its write of 30 ns happens behind the read that misses.
  llcBytes: 64 * 1024 ** 2,
  llcHitPs: 100_000,
  llcMissPs: 110_000,
  linkBytesPerSec: 1.7e12,
  linkLatencyPs: 200_000,
  // Not fitted: 64, 128 and 256 give Figure 12's means within 0.3 % of each other (`reproduce sensitivity`).
  outstandingFetches: 128,
  // The study gives none of these: the first is derived above, the host's trip is fitted.
  globalCp: { basePs: acrossWaferPs, cyclePs },
  hostCpu: { basePs: acrossWaferPs + hostTripPs, cyclePs },
  commandBytes: 16
}

export const dojo: WaferSpec = { columns: 5, rows: 5, ...die, energy: dojoEnergy }

export const tsmcSow: WaferSpec = { columns: 3, rows: 8, ...die, energy: tsmcSowEnergy }

export const dojoEnhanced: WaferSpec = {
  columns: 5,
  rows: 5,
  ...die,
  flopsPerSec: 4500e12,
  hbmBytes: 180e9,
  hbmBytesPerSec: 8e12,
  linkBytesPerSec: 2e12,
  energy: dojoEnhancedEnergy
}
