/** One GPU whose memory caches experts, and a line of memories behind it: host DRAM, CXL memory, SSD. */
import { type Backend, duplex, InvalidSpec, linkIndex, type Machine, type Node } from "@moira/hardware"
import { Effect } from "effect"
import { kernels } from "./kernels.ts"
import { offloadCxl, offloadPcie4, offloadPcie5, offloadSsd } from "./machines.ts"
import { OffloadSpec } from "./spec.ts"

const refused = (field: string, what: string, hint: string) =>
  new InvalidSpec({ reason: "NotBuildable", where: `offload spec, ${field}`, what, hint })

const gpu = (spec: OffloadSpec): Node => ({
  id: 0,
  name: "gpu",
  kind: "compute",
  compute: {
    flopsPerSec: spec.flopsPerSec,
    efficiency: spec.computeEfficiency,
    expertTime: {
      ...kernels,
      peakFlopsPerSec: spec.flopsPerSec,
      fixedPs: spec.fixedPs,
      perResidentPs: spec.perExpertPs,
      bytesPerSec: spec.memoryBytesPerSec * spec.memoryEfficiency,
      efficiency: spec.computeEfficiency,
      corner: spec.corner
    }
  },
  memory: {
    capacityBytes: spec.memoryBytes,
    reservedBytes: spec.memoryReservedBytes,
    bytesPerSec: spec.memoryBytesPerSec * spec.memoryEfficiency,
    latencyPs: spec.memoryLatencyPs
  }
})

/** Node 0 is the GPU, node i the i-th memory; link 2 (i - 1) leads from node i - 1 to node i, the next one back. */
const line = (spec: OffloadSpec): Machine => {
  const tiers = Object.entries(spec.tiers)
  const links = tiers.flatMap(([, tier], i) => {
    const wire = { bytesPerSec: tier.linkBytesPerSec * tier.linkEfficiency, latencyPs: tier.linkLatencyPs }
    return duplex([[i, i + 1]], wire).map((link) => ({ ...link, id: link.id + 2 * i }))
  })
  const link = linkIndex(links)
  return {
    nodes: [
      gpu(spec),
      ...tiers.map(([name, tier], i): Node => ({
        id: i + 1,
        name,
        kind: "memory",
        memory: {
          capacityBytes: tier.bytes,
          reservedBytes: tier.reservedBytes,
          bytesPerSec: tier.bytesPerSec,
          latencyPs: tier.latencyPs
        }
      }))
    ],
    links,
    commandBytes: 0,
    expertTiers: tiers.map((_, i) => i + 1),
    route: (from, to) => {
      const step = from < to ? 1 : -1
      return Array.from({ length: Math.abs(to - from) }, (_, i) => link(from + step * i, from + step * (i + 1)))
    }
  }
}

export const offload: Backend<OffloadSpec> = {
  contract: "hardware/v1",
  id: "offload",
  Spec: OffloadSpec,
  machines: {
    "offload-pcie5": offloadPcie5,
    "offload-pcie4": offloadPcie4,
    "offload-cxl": offloadCxl,
    "offload-ssd": offloadSsd
  },
  capabilities: { minimalRoutes: true, symmetricRoutes: true },
  build: Effect.fnUntraced(function* (spec) {
    const tiers = Object.entries(spec.tiers)
    if (tiers.length === 0) return yield* refused("tiers", "none", "name at least one memory that holds the experts")
    if (tiers.some(([name]) => name === "gpu")) return yield* refused("tiers.gpu", "is the unit's own name", "say dram")
    if (spec.memoryReservedBytes >= spec.memoryBytes)
      return yield* refused("memoryReservedBytes", "leaves no room for experts", "must be below memoryBytes")
    for (const [name, tier] of tiers) {
      if (tier.reservedBytes >= tier.bytes)
        return yield* refused(`tiers.${name}.reservedBytes`, "leaves no room for experts", "must be below bytes")
    }
    return line(spec)
  })
}
