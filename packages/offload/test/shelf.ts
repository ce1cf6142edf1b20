/** A unit with a shelf of memories behind it, in round numbers: an expert of the tiny model takes 1 us from the first. */
import { type Backend, linkIndex, duplex } from "@moira/hardware"
import { Effect, Schema } from "effect"

const ShelfSpec = Schema.Struct({
  unitExperts: Schema.Int,
  /** Experts that the near memory holds; 0 for none of them. */
  nearExperts: Schema.Int,
  latencyPs: Schema.Int
})

/** Bytes of an expert of the tiny model: 3 x 64 x 32. */
export const expertBytes = 6144

const memory = (experts: number, bytesPerSec: number) => ({
  capacityBytes: experts * expertBytes,
  reservedBytes: 0,
  bytesPerSec,
  latencyPs: 0
})

export const shelf = {
  contract: "hardware/v1",
  id: "shelf",
  Spec: ShelfSpec,
  machines: { shelf: { unitExperts: 24, nearExperts: 1000, latencyPs: 0 } },
  capabilities: { minimalRoutes: true, symmetricRoutes: true },
  build: ({ unitExperts, nearExperts, latencyPs }) =>
    Effect.sync(() => {
      const links = duplex(
        [
          [0, 1],
          [1, 2]
        ],
        { bytesPerSec: expertBytes * 1e6, latencyPs }
      )
      const link = linkIndex(links)
      return {
        nodes: [
          {
            id: 0,
            name: "unit",
            kind: "compute" as const,
            compute: { flopsPerSec: 1e12, efficiency: 1 },
            memory: memory(unitExperts, 1e12)
          },
          { id: 1, name: "near", kind: "memory" as const, memory: memory(nearExperts, 1e15) },
          { id: 2, name: "far", kind: "memory" as const, memory: memory(1000, expertBytes * 0.25e6) }
        ],
        links,
        commandBytes: 0,
        expertTiers: [1, 2],
        route: (from, to) => {
          const step = from < to ? 1 : -1
          return Array.from({ length: Math.abs(to - from) }, (_, i) => link(from + step * i, from + step * (i + 1)))
        }
      }
    })
} satisfies Backend<typeof ShelfSpec.Type>
