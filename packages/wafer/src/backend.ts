/** A wafer of dies in a mesh, each with its own HBM, and XY routing. */
import {
  type Backend,
  backendContract,
  duplex,
  InvalidSpec,
  linkIndex,
  meshPairs,
  type Node,
  routeO1Turn,
  routeTorus,
  routeXY,
  routeYX,
  torusPairs
} from "@moira/hardware"
import { Effect } from "effect"
import { dojo, dojoEnhanced, tsmcSow } from "./machines.ts"
import { WaferSpec } from "./spec.ts"

const maxDies = 4096

const onMesh = { xy: routeXY, yx: routeYX, o1turn: routeO1Turn } as const

/** Dies in row order; die `[x][y]` is node `y * columns + x`. */
const dies = (spec: WaferSpec): ReadonlyArray<Node> =>
  Array.from({ length: spec.columns * spec.rows }, (_, id): Node => {
    const [x, y] = [id % spec.columns, Math.floor(id / spec.columns)]
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
      at: [x, y]
    }
  })

export const wafer: Backend<WaferSpec> = {
  contract: backendContract,
  id: "wafer",
  Spec: WaferSpec,
  machines: { dojo, "tsmc-sow": tsmcSow, "dojo-enhanced": dojoEnhanced },
  capabilities: { minimalRoutes: true, symmetricRoutes: false },
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
    const links = duplex(torus ? torusPairs(columns, rows) : meshPairs(columns, rows), wire)
    return {
      nodes: dies(spec),
      links,
      commandBytes: spec.commandBytes,
      outstandingFetches: spec.outstandingFetches,
      controllers: { "global-cp": spec.globalCp, "host-cpu": spec.hostCpu },
      route: torus
        ? routeTorus(columns, rows, linkIndex(links))
        : onMesh[spec.routing ?? "xy"](columns, linkIndex(links))
    }
  })
}
