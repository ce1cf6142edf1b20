/**
 * Key concept: hardware is data plus one function. A backend says what is there and what a message crosses; time,
 * contention, queues and memory limits come with the shared engine.
 *
 * [1] the spec: whatever you want users to set. Every number must change the machine; the kit checks it.
 * [2] machines by name, for `--machine`. The first is the default.
 * [3] capabilities: a claim must hold, and what is denied must fail. Packets can wait for each other all round a ring.
 * [4] nodes and links: chiplets on a package in a ring, two wires between neighbours, one each way.
 * [5] the route: the shorter way round.
 */
import { type Backend, backendContract, duplex, linkIndex, type Node } from "@moira/hardware"
import { Effect, Schema } from "effect"

const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))

const Spec = Schema.Struct({
  chiplets: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 3, maximum: 256 }))),
  flopsPerSec: Rate,
  hbmBytes: Rate,
  hbmBytesPerSec: Rate,
  linkBytesPerSec: Rate
}) // [1]
type Spec = typeof Spec.Type

const chiplet = (id: number, { chiplets, flopsPerSec, hbmBytes, hbmBytesPerSec }: Spec): Node => ({
  id,
  name: `chiplet ${id}`,
  kind: "compute",
  compute: { flopsPerSec, efficiency: 0.8 },
  memory: { capacityBytes: hbmBytes, reservedBytes: 0.1 * hbmBytes, bytesPerSec: hbmBytesPerSec, latencyPs: 120_000 },
  at: [Math.cos((2 * Math.PI * id) / chiplets), Math.sin((2 * Math.PI * id) / chiplets)]
})

export const ring: Backend<Spec> = {
  contract: backendContract,
  id: "chiplet-ring",
  Spec,
  machines: {
    "chiplet-ring-16": {
      chiplets: 16,
      flopsPerSec: 700e12,
      hbmBytes: 96e9,
      hbmBytesPerSec: 4e12,
      linkBytesPerSec: 1.2e12
    }
  }, // [2]
  capabilities: { minimalRoutes: true, symmetricRoutes: false, symmetricLatency: true, deadlockFree: false }, // [3]
  build: (spec) =>
    Effect.sync(() => {
      const { chiplets, linkBytesPerSec } = spec
      const neighbours = Array.from({ length: chiplets }, (_, a) => [a, (a + 1) % chiplets] as const)
      const links = duplex(neighbours, { bytesPerSec: linkBytesPerSec, latencyPs: 10_000 }) // [4]
      const link = linkIndex(links)
      return {
        nodes: Array.from({ length: chiplets }, (_, id) => chiplet(id, spec)),
        links,
        commandBytes: 16,
        route: (from, to) => {
          const clockwise = (to - from + chiplets) % chiplets
          const step = 2 * clockwise <= chiplets ? 1 : chiplets - 1 // [5]
          const hops = Math.min(clockwise, chiplets - clockwise)
          return Array.from({ length: hops }, (_, i) => {
            const at = (from + i * step) % chiplets
            return link(at, (at + step) % chiplets)
          })
        }
      }
    })
}

export default ring
