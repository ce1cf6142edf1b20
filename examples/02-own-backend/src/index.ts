/**
 * Key concept: hardware is data plus one function. A backend says what is there and what a message crosses; time,
 * contention, queues and memory limits come with the shared engine. Replace this star round one switch by your machine.
 *
 * [1] the spec: whatever you want users to set. Every number must change the machine; the kit checks it.
 * [2] machines by name, for `--machine`. The first is the default.
 * [3] capabilities: a claim must hold, and what is denied must fail.
 * [4] nodes and links: units round a switch, two wires each, one a direction.
 * [5] the route: through the switch.
 */
import { type Backend, duplex, linkIndex, type Node, routeSwitch, switchPairs } from "@moira/hardware"
import { Effect, Schema } from "effect"

const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))

/** What describes one machine; every number in it must change the machine. */
export const Spec = Schema.Struct({
  units: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 2, maximum: 1024 }))),
  flopsPerSec: Rate,
  memoryBytes: Rate,
  memoryBytesPerSec: Rate,
  linkBytesPerSec: Rate,
  linkLatencyPs: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
})
export type Spec = typeof Spec.Type // [1]

const unit = (spec: Spec, id: number): Node => ({
  id,
  name: `unit[${id}]`,
  kind: "compute",
  compute: { flopsPerSec: spec.flopsPerSec, efficiency: 0.8 },
  memory: {
    capacityBytes: spec.memoryBytes,
    reservedBytes: spec.memoryBytes / 10,
    bytesPerSec: spec.memoryBytesPerSec,
    latencyPs: 300_000
  }
})

const backend: Backend<Spec> = {
  contract: "hardware/v1",
  id: "own-backend",
  Spec,
  // [2]
  machines: {
    "own-backend-8": {
      units: 8,
      flopsPerSec: 989e12,
      memoryBytes: 80e9,
      memoryBytesPerSec: 3e12,
      linkBytesPerSec: 450e9,
      linkLatencyPs: 500_000
    }
  },
  capabilities: { minimalRoutes: true, symmetricRoutes: true, symmetricLatency: true, deadlockFree: true }, // [3]
  build: (spec) =>
    Effect.sync(() => {
      const hub = spec.units
      const wire = { bytesPerSec: spec.linkBytesPerSec, latencyPs: spec.linkLatencyPs }
      const links = duplex(switchPairs(spec.units), wire)
      // [4]
      return {
        nodes: [
          ...Array.from({ length: spec.units }, (_, id) => unit(spec, id)),
          { id: hub, name: "switch", kind: "switch" as const }
        ],
        links,
        commandBytes: 16,
        route: routeSwitch(hub, linkIndex(links)) // [5]
      }
    })
}

export default backend
