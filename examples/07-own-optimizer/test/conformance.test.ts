import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { optimizerConformance } from "@moira/placement/testing"
import { Effect } from "effect"
import optimizer from "../src/index.ts"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }

for (const dies of [2, 5]) optimizerConformance(optimizer, fabricOf(Effect.runSync(ring.build({ dies, ...spec }))))
