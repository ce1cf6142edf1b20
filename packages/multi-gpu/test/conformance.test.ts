import { conformance } from "@moira/hardware/testing"
import { type ClusterSpec } from "../src/spec.ts"
import { machines } from "../src/machines.ts"
import { multiGpu } from "../src/backend.ts"
import calibration from "../calibration.json" with { type: "json" }

const one = machines["dgx-h100"]!

const specs: ReadonlyArray<ClusterSpec> = [
  { ...one, gpusPerServer: 1 },
  { ...one, gpusPerServer: 2 },
  { ...one, gpusPerServer: 1, servers: 2, exchange: "low-latency" },
  { ...one, servers: 3, dtype: "fp8_block", exchange: "normal" },
  { ...machines["dgx-b200"]!, dtype: "nvfp4" },
  { ...one, dtype: "fp8_block", engine: "sglang" }
]

conformance(multiGpu, {
  specs,
  refused: [
    { ...one, servers: 513 },
    { ...one, nvlinkBytesPerSec: 0 },
    { ...one, linkShare: 1.2 },
    { ...one, dtype: "nvfp4" },
    { ...one, dtype: "int4" },
    { ...one, engine: "lmdeploy" },
    { ...one, dtype: "fp8", kernels: "deepgemm-masked" },
    { ...one, exchange: "pigeon" },
    { ...one, colour: "red" }
  ],
  calibration
})
