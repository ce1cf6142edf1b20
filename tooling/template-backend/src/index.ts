/** A hardware backend: replace this star of dies round one switch by your machine. */
import { type Backend, backendContract, duplex, linkIndex, type Node, routeSwitch, switchPairs } from "@moira/hardware"
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
export type Spec = typeof Spec.Type

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
  contract: backendContract,
  id: "template-backend",
  Spec,
  machines: {
    "template-backend-8": {
      units: 8,
      flopsPerSec: 989e12,
      memoryBytes: 80e9,
      memoryBytesPerSec: 3e12,
      linkBytesPerSec: 450e9,
      linkLatencyPs: 500_000
    }
  },
  capabilities: { minimalRoutes: true, symmetricRoutes: true, symmetricLatency: true, deadlockFree: true },
  build: (spec) =>
    Effect.sync(() => {
      const hub = spec.units
      const wire = { bytesPerSec: spec.linkBytesPerSec, latencyPs: spec.linkLatencyPs }
      const links = duplex(switchPairs(spec.units), wire)
      return {
        nodes: [
          ...Array.from({ length: spec.units }, (_, id) => unit(spec, id)),
          { id: hub, name: "switch", kind: "switch" as const }
        ],
        links,
        commandBytes: 16,
        route: routeSwitch(hub, linkIndex(links))
      }
    })
}

export default backend
