/** Backends for tests, one for each way to join nodes that this package offers. */
import { type Backend, backendContract } from "../src/backend.ts"
import { InvalidSpec } from "../src/invalid-spec.ts"
import { duplex, linkIndex, type Node } from "../src/machine.ts"
import { hierarchicalIds, hierarchicalLinks } from "../src/topologies/hierarchical.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import { routeAround } from "../src/routing/detours.ts"
import { routeHierarchical } from "../src/routing/hierarchical.ts"
import { routeSwitch } from "../src/routing/switch.ts"
import { routeXY } from "../src/routing/xy.ts"
import { switchPairs } from "../src/topologies/switch.ts"
import { Effect, Schema } from "effect"

const count = (minimum: number) => Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum: 64 })))
const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))

const unit = (id: number): Node => ({
  id,
  name: `gpu[${id}]`,
  kind: "compute",
  compute: { flopsPerSec: 989e12, efficiency: 0.8 },
  memory: { capacityBytes: 80e9, reservedBytes: 8e9, bytesPerSec: 3e12, latencyPs: 300_000 }
})
const units = (n: number) => Array.from({ length: n }, (_, id) => unit(id))

const StarSpec = Schema.Struct({ ports: count(2), bytesPerSec: Rate })
export const star: Backend<typeof StarSpec.Type> = {
  contract: backendContract,
  id: "star",
  Spec: StarSpec,
  machines: { "star-8": { ports: 8, bytesPerSec: 450e9 } },
  capabilities: { minimalRoutes: true, symmetricRoutes: true, symmetricLatency: true, deadlockFree: true },
  build: ({ ports, bytesPerSec }) =>
    Effect.sync(() => {
      const links = duplex(switchPairs(ports), { bytesPerSec, latencyPs: 250_000 })
      return {
        nodes: [...units(ports), { id: ports, name: "switch", kind: "switch" as const }],
        links,
        commandBytes: 16,
        route: routeSwitch(ports, linkIndex(links))
      }
    })
}

const ClusterSpec = Schema.Struct({
  nodes: count(1),
  unitsPerNode: count(1),
  nicsPerNode: count(1),
  insideBytesPerSec: Rate,
  nicBytesPerSec: Rate
})
export type ClusterSpec = typeof ClusterSpec.Type
export const cluster: Backend<ClusterSpec> = {
  contract: backendContract,
  id: "cluster",
  Spec: ClusterSpec,
  machines: {
    "cluster-2x8": { nodes: 2, unitsPerNode: 8, nicsPerNode: 4, insideBytesPerSec: 450e9, nicBytesPerSec: 50e9 }
  },
  capabilities: { minimalRoutes: true, symmetricRoutes: true, symmetricLatency: true, deadlockFree: true },
  build: Effect.fnUntraced(function* (spec) {
    const { nodes, unitsPerNode, nicsPerNode } = spec
    if (nicsPerNode > unitsPerNode) {
      return yield* new InvalidSpec({
        reason: "NotBuildable",
        where: "cluster spec, nicsPerNode",
        what: `${nicsPerNode} for ${unitsPerNode} units`,
        hint: "a unit has one NIC at most"
      })
    }
    const links = hierarchicalLinks(spec, {
      inside: { bytesPerSec: spec.insideBytesPerSec, latencyPs: 250_000 },
      toNic: { bytesPerSec: 64e9, latencyPs: 400_000 },
      network: { bytesPerSec: spec.nicBytesPerSec, latencyPs: 900_000 }
    })
    const { units: gpus, nics, network } = hierarchicalIds(spec)
    const inner = (id: number, name: string): Node => ({ id, name, kind: "switch" })
    return {
      nodes: [
        ...units(gpus),
        ...Array.from({ length: nodes }, (_, node) => inner(gpus + node, `node[${node}]`)),
        ...Array.from({ length: nics }, (_, nic) => inner(gpus + nodes + nic, `nic[${nic}]`)),
        ...(nics === 0 ? [] : [inner(network, "network")])
      ],
      links,
      commandBytes: 16,
      route: routeHierarchical({ nodes, unitsPerNode, nicsPerNode }, linkIndex(links))
    }
  })
}

const GridSpec = Schema.Struct({ columns: count(2), rows: count(2), dead: Schema.Array(Schema.Int) })
export type GridSpec = typeof GridSpec.Type
/** A mesh whose `dead` pairs of neighbours, by their number in `meshPairs`, have no link. */
export const grid: Backend<GridSpec> = {
  contract: backendContract,
  id: "grid",
  Spec: GridSpec,
  machines: { "grid-4x4": { columns: 4, rows: 4, dead: [] } },
  capabilities: { minimalRoutes: true, symmetricRoutes: false, symmetricLatency: true, deadlockFree: false },
  build: ({ columns, rows, dead }) =>
    Effect.sync(() => {
      const pairs = meshPairs(columns, rows).filter((_, pair) => !dead.includes(pair))
      const links = duplex(pairs, { bytesPerSec: 1.7e12, latencyPs: 200_000 })
      return {
        nodes: units(columns * rows),
        links,
        commandBytes: 16,
        route: routeAround(columns * rows, links, routeXY(columns, linkIndex(links)))
      }
    })
}
