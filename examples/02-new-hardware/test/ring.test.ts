import { conformance } from "@moira/hardware/testing"
import { ring } from "../ring.ts"

const small = { chiplets: 3, flopsPerSec: 1e12, hbmBytes: 1e9, hbmBytesPerSec: 1e9, linkBytesPerSec: 1e9 }
const published = [
  { machine: "chiplet-ring-16", quantity: "longestRouteHops", value: 8, tolerance: 0, source: "half of 16" }
]

conformance(ring, { specs: [small], refused: [{ ...small, chiplets: 2 }], calibration: { published } })
