/** The smallest useful backend, a one-way ring: an example, and a machine for tests of packages that know no other. */
import { Rate } from "@moira/core"
import { Effect, Schema } from "effect"
import { type Backend, backendContract } from "../backend.ts"
import type { Link, Node } from "../machine.ts"

export const RingSpec = Schema.Struct({
  dies: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 2, maximum: 1024 }))),
  linkBytesPerSec: Rate,
  flopsPerSec: Rate,
  memoryBytesPerSec: Rate
})
export type RingSpec = typeof RingSpec.Type

export const ring: Backend<RingSpec> = {
  contract: backendContract,
  id: "ring",
  Spec: RingSpec,
  machines: { "ring-8": { dies: 8, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 } },
  capabilities: { minimalRoutes: true, symmetricRoutes: false },
  build: ({ dies, linkBytesPerSec, flopsPerSec, memoryBytesPerSec }) =>
    Effect.sync(() => ({
      commandBytes: 16,
      nodes: Array.from({ length: dies }, (_, id): Node => {
        const angle = (2 * Math.PI * id) / dies
        return {
          id,
          name: `die[${id}]`,
          kind: "compute",
          compute: { flopsPerSec, efficiency: 1 },
          memory: { capacityBytes: 96e9, reservedBytes: 0, bytesPerSec: memoryBytesPerSec, latencyPs: 300_000 },
          at: [Math.cos(angle), Math.sin(angle)]
        }
      }),
      links: Array.from({ length: dies }, (_, id): Link => {
        return { id, from: id, to: (id + 1) % dies, bytesPerSec: linkBytesPerSec, latencyPs: 20_000 }
      }),
      route: (from, to) => Array.from({ length: (to - from + dies) % dies }, (_, hop) => (from + hop) % dies)
    }))
}

export default ring
