/** A wafer of dies in a mesh or torus, each with its own HBM; routes lead round what is broken. */
import { given } from "@moira/core"
import {
  type Backend,
  duplex,
  InvalidSpec,
  type Link,
  linkIndex,
  type Node,
  routeAround,
  routeO1Turn,
  routeTorus,
  routeXY,
  routeYX
} from "@moira/hardware"
import { Effect } from "effect"
import { type LiveDies, liveDies } from "./faults.ts"
import { dojo, dojoEnhanced, tsmcSow } from "./machines.ts"
import { withDies } from "./resize.ts"
import { WaferSpec } from "./spec.ts"

const maxDies = 4096

const onMesh = { xy: routeXY, yx: routeYX, o1turn: routeO1Turn } as const

const llcOf = ({ llcBytes, llcHitPs, llcMissPs }: WaferSpec): Pick<Node, "llc"> =>
  llcBytes === undefined || llcHitPs === undefined || llcMissPs === undefined
    ? {}
    : { llc: { bytes: llcBytes, hitPs: llcHitPs, missPs: llcMissPs } }

/** The part of a cache that a spec forgets when it gives another. */
const missingLlc = (spec: WaferSpec): string | undefined => {
  const parts = ["llcBytes", "llcHitPs", "llcMissPs"] as const
  const absent = parts.filter((part) => spec[part] === undefined)
  return absent.length === parts.length ? undefined : absent[0]
}

/** Working dies in row order; without dead ones, die `[x][y]` is node `y * columns + x`. */
const dies = (spec: WaferSpec, { gridOf }: LiveDies): ReadonlyArray<Node> =>
  gridOf.map((die, id): Node => {
    const [x, y] = [die % spec.columns, Math.floor(die / spec.columns)]
    return {
      id,
      name: `die[${x}][${y}]`,
      kind: "compute",
      compute: {
        flopsPerSec: spec.flopsPerSec,
        efficiency: spec.computeEfficiency,
        taskOverheadPs: spec.taskOverheadPs ?? 0
      },
      memory: {
        capacityBytes: spec.hbmBytes,
        reservedBytes: spec.hbmBytes * spec.hbmReservedShare,
        bytesPerSec: spec.hbmBytesPerSec * spec.hbmEfficiency,
        latencyPs: spec.hbmLatencyPs
      },
      ...llcOf(spec),
      at: [x, y]
    }
  })

/**
 * The routing of the spec where it is whole, else a shortest detour that crosses rows before columns (columns before rows
 * under YX). With O1TURN, on a torus, or with detours the routes are not free of deadlock on one virtual channel.
 */
const routing = (spec: WaferSpec, { gridOf, nodeOf }: LiveDies, links: ReadonlyArray<Link>) => {
  const { columns, rows, topology, routing: name = "xy" } = spec
  const linkOf = linkIndex(links)
  const link = (a: number, b: number) => linkOf(nodeOf[a]!, nodeOf[b]!)
  const onGrid = topology === "torus" ? routeTorus(columns, rows, link) : onMesh[name](columns, link)
  const row = (node: number) => Math.floor(gridOf[node]! / columns)
  const first = name === "yx" ? 1 : 0
  return routeAround(gridOf.length, links, (from, to) => onGrid(gridOf[from]!, gridOf[to]!), {
    rank: ({ from, to }) => (row(from) === row(to) ? 0 : 1) ^ first
  })
}

export const wafer: Backend<WaferSpec> = {
  contract: "hardware/v1",
  id: "wafer",
  Spec: WaferSpec,
  machines: { dojo, "tsmc-sow": tsmcSow, "dojo-enhanced": dojoEnhanced },
  capabilities: { minimalRoutes: true, symmetricRoutes: false, symmetricLatency: true, deadlockFree: false },
  resize: withDies,
  build: Effect.fnUntraced(function* (spec) {
    const { columns, rows } = spec
    if (columns * rows > maxDies) {
      return yield* new InvalidSpec({
        reason: "NotBuildable",
        where: "wafer spec",
        what: `${columns} x ${rows} dies`,
        hint: `at most ${maxDies} dies can be simulated`
      })
    }
    const wire = { bytesPerSec: spec.linkBytesPerSec, latencyPs: spec.linkLatencyPs }
    const torus = spec.topology === "torus"
    if (torus && spec.routing !== undefined && spec.routing !== "xy") {
      return yield* new InvalidSpec({
        reason: "NotBuildable",
        where: "wafer spec, routing",
        what: `${spec.routing} on a torus`,
        hint: "a torus is routed X first, the shorter way round: leave routing out"
      })
    }
    const missing = missingLlc(spec)
    if (missing !== undefined) {
      return yield* new InvalidSpec({
        reason: "NotBuildable",
        where: `wafer spec, ${missing}`,
        what: "a last-level cache needs all of llcBytes, llcHitPs and llcMissPs",
        hint: "give the three, or none for a die without one"
      })
    }
    const live = yield* liveDies(spec)
    const links = duplex(live.pairs, wire)
    return {
      nodes: dies(spec, live),
      links,
      commandBytes: spec.commandBytes,
      outstandingFetches: spec.outstandingFetches,
      controllers: { "global-cp": spec.globalCp, "host-cpu": spec.hostCpu },
      ...given({ energy: spec.energy }),
      route: routing(spec, live, links)
    }
  })
}
