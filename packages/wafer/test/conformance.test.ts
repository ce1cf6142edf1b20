import { conformance } from "@moira/hardware/testing"
import { dojo, wafer } from "@moira/wafer"
import calibration from "../calibration.json" with { type: "json" }

conformance(wafer, {
  specs: [
    { ...dojo, columns: 1, rows: 1 },
    { ...dojo, columns: 2, rows: 7 }
  ],
  refused: [
    { ...dojo, columns: 0 },
    { ...dojo, columns: 100, rows: 100 },
    { ...dojo, linkLatencyPs: 0.5 },
    { ...dojo, hbmEfficiency: 1.5 },
    { ...dojo, sparePorts: 3 }
  ],
  calibration
})
