/** Fixed traffic on a 5 x 5 mesh, timed by the event-driven network and by the packet mesh. */
import { duplex, type Fabric, linkIndex } from "../src/machine.ts"
import { fabricOf } from "../src/fabric.ts"
import { joinLinks } from "../src/topologies/hierarchical.ts"
import { makeFlow } from "../src/flow/step.ts"
import { makeWork, type LayerWork, pushTask } from "../src/work.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import { routeXY } from "../src/routing/xy.ts"
import { sharedEngine } from "../src/engine.ts"
import { random } from "@moira/core"
import { makePacketMesh, type PacketMeshOptions } from "./packet-mesh.ts"

export const side = 5
export const nodes = side * side
const all = Array.from({ length: nodes }, (_, node) => node)

export const distance = (a: number, b: number): number =>
  Math.abs((a % side) - (b % side)) + Math.abs(Math.floor(a / side) - Math.floor(b / side))

/** A fetch moves so many flits, cut into packets; `times` as many fetches as usual. */
export interface Sizes {
  readonly fetchFlits: number
  readonly packetFlits: number
  readonly times: number
}
export const usual: Sizes = { fetchFlits: 128, packetFlits: 4, times: 1 }
const flitBytes = 1000

/** `unit` reads one expert's weights from `source`. */
export interface Fetch {
  readonly unit: number
  readonly source: number
}

/** A node other than `node`, drawn by `weights`. */
const drawOther = (node: number, weights: (other: number) => number, uniform: () => number): number => {
  const others = all.filter((other) => other !== node)
  let rest = uniform() * others.reduce((sum, other) => sum + weights(other), 0)
  for (const other of others) {
    rest -= weights(other)
    if (rest < 0) return other
  }
  return others.at(-1)!
}

const reads = (each: number, source: (unit: number) => number): ReadonlyArray<Fetch> =>
  Array.from({ length: each }, () => all.map((unit) => ({ unit, source: source(unit) }))).flat()

/** Weight 1 / rank, ranks dealt over the mesh from a drawn place. */
const zipf = (from: number) => (node: number) => 1 / (1 + ((node * 7 + from) % nodes))

/** Blocks of skewed experts dealt to all units in turn, experts lying contiguously: what Base in blocks does. */
const base = (seed: number, each: number): ReadonlyArray<Fetch> => {
  const { uniform } = random(seed)
  const weights = Array.from({ length: 64 }, () => 1 / (0.05 + uniform()))
  const sum = weights.reduce((a, b) => a + b, 0)
  let next = 0
  return weights.flatMap((weight, expert) => {
    const source = Math.floor((expert * nodes) / weights.length)
    const blocks = Math.round((each * nodes * weight) / sum)
    const units = new Set(Array.from({ length: blocks }, () => next++ % nodes))
    return [...units].filter((unit) => unit !== source).map((unit) => ({ unit, source }))
  })
}

/** Traffic by name: drawn fetches, about `each` a unit, and how many a unit keeps in flight. */
export const traffic: Record<
  string,
  { readonly inFlight: number; readonly draw: (seed: number, times?: number) => ReadonlyArray<Fetch> }
> = {
  uniform: {
    inFlight: 128,
    draw: (seed, times = 1) => {
      const { uniform } = random(seed)
      return reads(16 * times, (unit) => drawOther(unit, () => 1, uniform))
    }
  },
  "half from neighbours": {
    inFlight: 128,
    draw: (seed, times = 1) => {
      const { uniform } = random(seed)
      const near = (unit: number) => (other: number) => (distance(unit, other) === 1 ? 1 : 0)
      return reads(16 * times, (unit) => drawOther(unit, uniform() < 0.5 ? near(unit) : () => 1, uniform))
    }
  },
  "hot source": {
    inFlight: 128,
    draw: (seed, times = 1) => {
      const { uniform, below } = random(seed)
      const hot = zipf(below(nodes))
      return reads(8 * times, (unit) => drawOther(unit, hot, uniform))
    }
  },
  "hot destination": {
    inFlight: 128,
    draw: (seed, times = 1) => {
      const { uniform, below } = random(seed)
      const hot = zipf(below(nodes))
      return reads(8 * times, (source) => drawOther(source, hot, uniform)).map(({ unit, source }) => ({
        unit: source,
        source: unit
      }))
    }
  },
  "Base, 128 in flight": { inFlight: 128, draw: (seed, times = 1) => base(seed, 16 * times) },
  "Base, 4 in flight": { inFlight: 4, draw: (seed, times = 1) => base(seed, 16 * times) }
}

/**
 * The packet mesh as a machine: a terminal and a router a node, 1 byte a picosecond a link, 1,000 a flit, so that a cycle is
 * 1 ns. Memory and arithmetic hold nobody up.
 */
const meshMachine = (inFlight: number): Fabric => {
  const wire = (latencyPs: number) => ({ id: 0, bytesPerSec: 1e12, latencyPs })
  const mesh = meshPairs(side, side).map(([a, b]) => [a + nodes, b + nodes] as const)
  const links = joinLinks(
    duplex(mesh, wire(4000)),
    all.map((node) => ({ ...wire(4000), from: node, to: node + nodes })),
    all.map((node) => ({ ...wire(2000), from: node + nodes, to: node }))
  )
  const link = linkIndex(links)
  const xy = routeXY(side, (a, b) => link(a + nodes, b + nodes))
  return fabricOf({
    nodes: [
      ...all.map((id) => ({
        id,
        name: `terminal ${id}`,
        kind: "compute" as const,
        compute: { flopsPerSec: 1e30, efficiency: 1 },
        memory: { capacityBytes: 1, reservedBytes: 0, bytesPerSec: 1e18, latencyPs: 0 }
      })),
      ...all.map((node) => ({ id: node + nodes, name: `router ${node}`, kind: "switch" as const }))
    ],
    links,
    commandBytes: 0,
    outstandingFetches: inFlight,
    route: (from, to) => (from === to ? [] : [link(from, from + nodes), ...xy(from, to), link(to + nodes, to)])
  })
}

const workOf = (fetches: ReadonlyArray<Fetch>, { fetchFlits }: Sizes): LayerWork => {
  const work = makeWork({
    units: nodes,
    experts: fetches.length,
    weightBytes: fetchFlits * flitBytes,
    flopPerToken: 1,
    dispatchBytesPerToken: 0,
    combineBytesPerToken: 0
  })
  fetches.forEach(({ unit, source }, i) => pushTask(work, i, unit, source, 1))
  return work
}

/** Cycles until all weights are there, by the event-driven network and by its closed form. */
export const modelledCycles = (fetches: ReadonlyArray<Fetch>, inFlight: number, sizes = usual) => {
  const fabric = meshMachine(inFlight)
  const work = workOf(fetches, sizes)
  return {
    flow: makeFlow(fabric).step(work) / flitBytes,
    closedForm: sharedEngine(fabric, bottleneck).step(work) / flitBytes
  }
}

/**
 * The same, packet by packet. A request takes the zero-load time of one flit to its source, which cuts what it has been
 * asked for into packets and sends one of each fetch in turn; the next fetch is asked for when one is there.
 */
export const packetCycles = (
  fetches: ReadonlyArray<Fetch>,
  inFlight: number,
  options: Pick<PacketMeshOptions, "channels" | "bufferFlits">,
  { fetchFlits, packetFlits }: Sizes = usual
): number => {
  const mesh = makePacketMesh({ columns: side, rows: side, ...options })
  const lists = all.map((unit) => fetches.map((_, i) => i).filter((i) => fetches[i]!.unit === unit))
  const asked = new Map<number, Array<number>>()
  const serving = all.map((): Array<{ readonly fetch: number; packets: number }> => [])
  const missing = fetches.map(() => fetchFlits / packetFlits)
  let open = fetches.length
  const ask = (unit: number): void => {
    const fetch = lists[unit]!.shift()
    if (fetch === undefined) return
    const at = mesh.now() + 2 + 4 * (distance(unit, fetches[fetch]!.source) + 1)
    asked.set(at, [...(asked.get(at) ?? []), fetch])
  }
  for (const unit of all) for (let i = 0; i < inFlight; i++) ask(unit)
  for (;;) {
    if (open === 0) return mesh.now()
    for (const fetch of asked.get(mesh.now()) ?? [])
      serving[fetches[fetch]!.source]!.push({ fetch, packets: fetchFlits / packetFlits })
    asked.delete(mesh.now())
    for (const source of all) {
      if (mesh.waiting(source) > 0) continue
      const turn = serving[source]!.shift()
      if (turn === undefined) continue
      mesh.send(source, fetches[turn.fetch]!.unit, packetFlits, turn.fetch)
      turn.packets--
      if (turn.packets > 0) serving[source]!.push(turn)
    }
    mesh.step((fetch, unit) => {
      missing[fetch]!--
      if (missing[fetch]! > 0) return
      open--
      ask(unit)
    })
  }
}

/** Relative errors of `flow`, below zero where it is too fast, by seed and ascending. */
export const flowErrors = (
  name: string,
  seeds: ReadonlyArray<number>,
  options: Pick<PacketMeshOptions, "channels" | "bufferFlits">,
  sizes = usual
): ReadonlyArray<number> => {
  const { inFlight, draw } = traffic[name]!
  return seeds.map((seed) => {
    const fetches = draw(seed, sizes.times)
    return modelledCycles(fetches, inFlight, sizes).flow / packetCycles(fetches, inFlight, options, sizes) - 1
  })
}

/** The middle and the farthest from zero. */
export const summary = (errors: ReadonlyArray<number>) => {
  const sorted = errors.toSorted((a, b) => a - b)
  return {
    median: sorted[Math.floor(sorted.length / 2)]!,
    worst: sorted.reduce((far, e) => (Math.abs(e) > Math.abs(far) ? e : far), 0)
  }
}

/** Routers by how much they hold: flits of each virtual channel times channels of each input. */
export const routers = {
  "2 x 8 flits": { channels: 2, bufferFlits: 8 },
  "8 x 16 flits": { channels: 8, bufferFlits: 16 },
  "16 x 64 flits": { channels: 16, bufferFlits: 64 }
} as const
