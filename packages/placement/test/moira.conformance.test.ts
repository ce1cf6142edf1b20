import { type Fabric, fabricOf, type Machine } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import moira from "../src/optimizers/moira/index.ts"
import { optimizerConformance } from "../src/testing.ts"
import { Effect } from "effect"

const spec = { linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const dies = (count: number): Machine => Effect.runSync(ring.build({ dies: count, ...spec }))

/** The same dies in servers of two. */
const inServers = (machine: Machine): Fabric =>
  fabricOf({ ...machine, nodes: machine.nodes.map((node) => ({ ...node, server: node.id >> 1 })) })

for (const fabric of [...[2, 3, 5, 8].map((count) => fabricOf(dies(count))), inServers(dies(4))])
  optimizerConformance(moira, fabric)
