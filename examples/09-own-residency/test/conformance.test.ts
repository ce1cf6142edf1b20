import { residencyConformance } from "@moira/allocation/testing"
import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { Effect } from "effect"
import residency from "../src/index.ts"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }

for (const dies of [2, 5]) residencyConformance(residency, fabricOf(Effect.runSync(ring.build({ dies, ...spec }))))
