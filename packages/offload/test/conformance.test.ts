import { conformance } from "@moira/hardware/testing"
import { offload } from "../src/machine/backend.ts"
import { offloadPcie5, offloadSsd } from "../src/machine/machines.ts"
import { type OffloadSpec } from "../src/machine/spec.ts"
import calibration from "../calibration.json" with { type: "json" }

const { dram, ssd } = offloadSsd.tiers

const specs: ReadonlyArray<OffloadSpec> = [
  { ...offloadPcie5, tiers: { ssd: ssd! } },
  { ...offloadPcie5, tiers: { dram: dram!, cxl: offloadPcie5.tiers["dram"]!, ssd: ssd! } }
]

conformance(offload, {
  specs,
  refused: [
    { ...offloadPcie5, tiers: {} },
    { ...offloadPcie5, tiers: { gpu: dram } },
    { ...offloadPcie5, tiers: { "Host DRAM": dram } },
    { ...offloadPcie5, tiers: { dram: { ...dram, linkBytesPerSec: 0 } } },
    { ...offloadPcie5, tiers: { dram: { ...dram, reservedBytes: 1e15 } } },
    { ...offloadPcie5, memoryReservedBytes: 80e9 },
    { ...offloadPcie5, fixedPs: 0.5 },
    { ...offloadPcie5, corner: 0.1 },
    { ...offloadPcie5, memoryEfficiency: 1.5 },
    { ...offloadPcie5, slots: 3 }
  ],
  calibration
})
