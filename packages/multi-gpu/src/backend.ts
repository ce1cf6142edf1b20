/** GPUs in servers: a star of NVLink round each server's switch, and a NIC for each GPU into one network. */
import { greatestOf } from "@moira/core/statistics"
import {
  type Backend,
  barrierEngine,
  bestEfficiency,
  type Controller,
  inEightBits,
  InvalidSpec,
  type Link,
  linkIndex,
  type Node,
  type WeightedExpertTime
} from "@moira/hardware"
import { Effect } from "effect"
import { makeExchange } from "./exchange/exchange.ts"
import { chooseKernels } from "./exchange/catalogue.ts"
import { dispatchBytesPerElement } from "./exchange/wire.ts"
import { type ExpertDtype, expertKernels, expertTimeOf } from "./expert-kernels.ts"
import { machines, withUnits } from "./machines.ts"
import { ClusterSpec } from "./spec.ts"

const maxGpus = 4096

/** GPUs side by side on a floor plan; a server takes as many rows as it needs. */
const rowLength = 8

const refused = (what: string, hint: string) =>
  new InvalidSpec({ reason: "NotBuildable", where: "cluster spec", what, hint })

/** Expert times of the kernels asked for, or of those for both usual data types that the GPU has; or why there are none. */
const expertTimes = (spec: ClusterSpec): ReadonlyArray<WeightedExpertTime> | InvalidSpec => {
  const { dtype, ...how } = spec
  if (dtype === undefined && spec.kernels === undefined)
    return (["bfloat16", "fp8"] as const).flatMap((usual) => expertTimeOf(spec, usual, how) ?? [])
  if (dtype === undefined) return refused("kernels: without a dtype", "give the dtype that they compute in")
  const chosen = expertKernels(spec, { dtype, ...how })
  return "time" in chosen ? [chosen.time] : refused(chosen.what, chosen.hint)
}

/** Weights stream at the share of the data sheet that 16-bit experts reach, unless the data type is given. */
const gpuNodes = (spec: ClusterSpec, times: ReadonlyArray<WeightedExpertTime>): ReadonlyArray<Node> => {
  // The fastest of both bounds the others: closed forms must not be slower than a layer that is measured.
  const flopsPerSec = greatestOf(times.map((time) => time.peakFlopsPerSec))
  const efficiency = greatestOf(times.map(bestEfficiency))
  const bytesPerSec = greatestOf(times.map((time) => time.bytesPerSec))
  return Array.from({ length: spec.servers * spec.gpusPerServer }, (_, id): Node => {
    const [server, place] = [Math.floor(id / spec.gpusPerServer), id % spec.gpusPerServer]
    return {
      id,
      name: `gpu[${server}][${place}]`,
      kind: "compute",
      compute: { flopsPerSec, efficiency, expertTime: times },
      memory: {
        capacityBytes: spec.memoryBytes,
        reservedBytes: spec.memoryBytes * spec.memoryReservedShare,
        bytesPerSec,
        latencyPs: spec.memoryLatencyPs
      },
      at: [place % rowLength, server * Math.ceil(spec.gpusPerServer / rowLength) + Math.floor(place / rowLength)],
      server
    }
  })
}

/**
 * Who can decide where tokens go before they are sent: one multiprocessor at its boost clock, once every rank has all counts. Gathering
 * them takes what the smallest all-to-all of a node takes (8.7 us, measured with NCCL on eight H100), and the way over NICs and back.
 * LPLB's authors speak of about 100 us for their solver, METRO's of at most 26 us.
 */
const deciding = ({ servers, nicLatencyPs }: ClusterSpec): Controller => ({
  basePs: 8_700_000 + (servers > 1 ? 2 * nicLatencyPs : 0),
  cyclePs: 1e6 / 1755
})

/** One GPU has nobody to exchange tokens with. */
const nobody = () => ({ dispatchPs: () => 0, combinePs: () => 0 })

export const multiGpu: Backend<ClusterSpec> = {
  contract: "hardware/v1",
  id: "multi-gpu",
  Spec: ClusterSpec,
  machines,
  capabilities: { minimalRoutes: true, symmetricRoutes: true },
  resize: (spec, units) => {
    const sized = withUnits(spec, units)
    if (sized !== undefined) return Effect.succeed(sized)
    const { gpusPerServer } = spec
    return Effect.fail(
      units < 1
        ? refused(`${units} units are no cluster`, `give 1 to ${gpusPerServer}, or a multiple of ${gpusPerServer}`)
        : refused(
            `${units} units are not whole servers of ${gpusPerServer}`,
            `give ${units - (units % gpusPerServer)} or ${units - (units % gpusPerServer) + gpusPerServer}, or another multiple of ${gpusPerServer}`
          )
    )
  },
  build: Effect.fnUntraced(function* (spec) {
    const { servers, gpusPerServer, linkShare } = spec
    const count = servers * gpusPerServer
    if (count < 1 || count > maxGpus) {
      return yield* refused(`servers x gpusPerServer: ${count} GPUs`, `1 to ${maxGpus} can be simulated`)
    }
    const times = expertTimes(spec)
    if (times instanceof InvalidSpec) return yield* times
    // One that kernels were measured in, as they were found.
    const asked = spec.dtype as ExpertDtype | undefined
    const { nicShare = linkShare, exchange: kind = "auto", architecture, engine } = spec
    const kernels = chooseKernels({ kind, architecture, engine, servers })
    if ("what" in kernels) return yield* refused(kernels.what, kernels.hint)
    const nodes = gpuNodes(spec, times)
    const switches = Array.from({ length: servers }, (_, server): Node => ({
      id: count + server,
      name: `nvswitch[${server}]`,
      kind: "switch"
    }))
    const network: Node = { id: count + servers, name: "network", kind: "switch" }
    const nvlink = { bytesPerSec: spec.nvlinkBytesPerSec * linkShare, latencyPs: spec.nvlinkLatencyPs }
    // Both ends of the way over the network: half of the latency each.
    const nic = { bytesPerSec: spec.nicBytesPerSec * nicShare, latencyPs: Math.ceil(spec.nicLatencyPs / 2) }
    const links: Array<Link> = []
    for (const { id, server } of nodes) {
      for (const [hub, wire] of [
        [count + server!, nvlink],
        [network.id, nic]
      ] as const) {
        links.push({ id: links.length, from: id, to: hub, ...wire })
        links.push({ id: links.length, from: hub, to: id, ...wire })
      }
    }
    const link = linkIndex(links)
    return {
      nodes: [...nodes, ...switches, network],
      links,
      commandBytes: 16,
      controllers: { "one-sm": deciding(spec) },
      route: (from, to) => {
        if (from === to) return []
        const [a, b] = [nodes[from]!.server!, nodes[to]!.server!]
        const hub = a === b ? count + a : network.id
        return [link(from, hub), link(hub, to)]
      },
      // Without a data type of its own, a cluster computes in that of the weights: 8 bits or 16.
      dispatchBytesPerElement: (bytesPerWeight) =>
        dispatchBytesPerElement(asked ?? (inEightBits(bytesPerWeight) ? "fp8" : "bfloat16"), kernels.many.library),
      exchange: count === 1 ? nobody : (fabric) => makeExchange(fabric, kernels, { ...spec, nicShare })
    }
  }),
  engine: barrierEngine
}
