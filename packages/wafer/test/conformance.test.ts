import { conformance } from "@moira/hardware/testing"
import { dojo, wafer, type WaferSpec } from "@moira/wafer"
import calibration from "../calibration.json" with { type: "json" }

const specs: ReadonlyArray<WaferSpec> = [
  { ...dojo, columns: 1, rows: 1 },
  { ...dojo, columns: 2, rows: 7 },
  { ...dojo, columns: 4, rows: 6, topology: "torus" },
  { ...dojo, taskOverheadPs: 31_359 },
  { ...dojo, routing: "yx" },
  { ...dojo, routing: "o1turn" }
]

conformance(wafer, {
  specs,
  refused: [
    { ...dojo, columns: 0 },
    { ...dojo, linkBytesPerSec: 0 },
    { ...dojo, routing: "west-first" },
    { ...dojo, topology: "torus", routing: "yx" },
    { ...dojo, columns: 100, rows: 100 },
    { ...dojo, linkLatencyPs: 0.5 },
    { ...dojo, taskOverheadPs: -1 },
    { ...dojo, hbmEfficiency: 1.5 },
    { ...dojo, sparePorts: 3 }
  ],
  calibration
})
