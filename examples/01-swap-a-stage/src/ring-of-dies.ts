/** A backend of one's own, [1] all of it: dies in a ring with links both ways. */
import { type Backend, duplex, linkIndex, type Node } from "@moira/hardware"
import { Effect, Schema } from "effect"

const Spec = Schema.Struct({
  dies: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 3, maximum: 512 }))),
  linkBytesPerSec: Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))
})

const die = (id: number): Node => ({
  id,
  name: `die[${id}]`,
  kind: "compute",
  compute: { flopsPerSec: 989e12, efficiency: 0.82 },
  memory: { capacityBytes: 80e9, reservedBytes: 8e9, bytesPerSec: 3.05e12, latencyPs: 300_000 }
})

export const ringOfDies: Backend<typeof Spec.Type> = {
  contract: "hardware/v1",
  id: "ring-of-dies",
  Spec,
  machines: { "ring-24": { dies: 24, linkBytesPerSec: 1.7e12 } },
  capabilities: { minimalRoutes: true, symmetricRoutes: false },
  build: ({ dies, linkBytesPerSec }) =>
    Effect.sync(() => {
      const around = Array.from({ length: dies }, (_, a) => [a, (a + 1) % dies] as const)
      const links = duplex(around, { bytesPerSec: linkBytesPerSec, latencyPs: 200_000 })
      const link = linkIndex(links)
      return {
        nodes: Array.from({ length: dies }, (_, id) => die(id)),
        links,
        commandBytes: 16,
        // The short way round; half-way round, clockwise.
        route: (from, to) => {
          const ahead = (to - from + dies) % dies
          const step = ahead <= dies / 2 ? 1 : -1
          return Array.from({ length: Math.min(ahead, dies - ahead) }, (_, hop) => {
            const at = (from + step * hop + dies * hop) % dies
            return link(at, (at + step + dies) % dies)
          })
        }
      }
    })
}

export default ringOfDies
