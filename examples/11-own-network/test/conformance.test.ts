import { networkConformance, ring } from "@moira/hardware/testing"
import { Effect } from "effect"
import network from "../src/index.ts"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }

for (const dies of [2, 5]) networkConformance(network, Effect.runSync(ring.build({ dies, ...spec })))
