/** A mesh of H100-class dies with XY routing, for tests and benchmarks of packages that know no wafer. */
import { given } from "@moira/core"
import { fabricOf } from "../fabric.ts"
import { type Cache, duplex, type Fabric, linkIndex } from "../machine.ts"
import { routeXY } from "../routing/xy.ts"
import { meshPairs } from "../topologies/mesh.ts"

export interface MeshOptions {
  readonly linkBytesPerSec?: number
  readonly outstandingFetches?: number
  readonly taskOverheadPs?: number
  readonly llc?: Cache
}

export const meshFabric = (
  columns: number,
  rows: number,
  { linkBytesPerSec = 1.7e12, outstandingFetches = 8, taskOverheadPs = 0, llc }: MeshOptions = {}
): Fabric => {
  const links = duplex(meshPairs(columns, rows), { bytesPerSec: linkBytesPerSec, latencyPs: 200_000 })
  return fabricOf({
    nodes: Array.from({ length: columns * rows }, (_, id) => ({
      id,
      name: `die[${id}]`,
      kind: "compute" as const,
      compute: { flopsPerSec: 989e12, efficiency: 0.8, taskOverheadPs },
      memory: { capacityBytes: 80e9, reservedBytes: 0, bytesPerSec: 3e12, latencyPs: 300_000 },
      ...given({ llc })
    })),
    links,
    commandBytes: 16,
    outstandingFetches,
    route: routeXY(columns, linkIndex(links))
  })
}
