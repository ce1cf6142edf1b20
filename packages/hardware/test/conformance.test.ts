import { conformance } from "../src/testing.ts"
import { ring } from "../src/testing/ring.ts"

const smallest = { dies: 2, linkBytesPerSec: 1, flopsPerSec: 1, memoryBytesPerSec: 1 }

conformance(ring, {
  specs: [smallest],
  refused: [
    { ...smallest, dies: 1 },
    { ...smallest, linkBytesPerSec: 0 },
    { ...smallest, colour: "red" }
  ],
  calibration: {
    published: [{ machine: "ring-8", quantity: "units", value: 8, tolerance: 0, source: "by construction" }]
  }
})
