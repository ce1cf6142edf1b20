/** What a machine is: nodes, directed links, and which links a message crosses. Plain data plus one function. */
import type { EnergyCosts } from "./energy.ts"

import type { ExpertTimeConstants, WeightedExpertTime } from "./expert-time/moe-layer.ts"

/** Peak arithmetic of a node and how much of it expert GEMMs reach. */
export interface Compute {
  /** Dense peak at the precision that the machine computes experts in. */
  readonly flopsPerSec: number
  /** Share of the peak that large expert GEMMs reach, 0 to 1. */
  readonly efficiency: number
  /** Added to every task (one expert on one unit), whatever its tokens, in whole picoseconds; none when left out. */
  readonly taskOverheadPs?: number
  /**
   * How long a whole layer's experts take here, fitted to measurements; a plain roofline when left out. Of several, one a
   * data type, the one nearest in bytes a weight counts.
   */
  readonly expertTime?: ExpertTimeConstants | ReadonlyArray<WeightedExpertTime>
}

/** Memory attached to a node, one shared channel. */
export interface Memory {
  readonly capacityBytes: number
  /** Kept for activations, KV cache and the runtime: no expert lies there. */
  readonly reservedBytes: number
  /** Achieved, not data-sheet, bandwidth. */
  readonly bytesPerSec: number
  readonly latencyPs: number
}

/** Last-level cache of a node, filled by what the node reads, whole experts at a time. */
export interface Cache {
  readonly bytes: number
  /** From asking for weights that lie there to having them; instead of any read from memory. */
  readonly hitPs: number
  /** What asking in vain adds to a read from memory. */
  readonly missPs: number
}

/** One die, GPU, switch or memory stack. `at` places it on a floor plan. */
export interface Node {
  readonly id: number
  readonly name: string
  readonly kind: "compute" | "memory" | "switch"
  readonly compute?: Compute
  readonly memory?: Memory
  readonly llc?: Cache
  readonly at?: readonly [x: number, y: number]
  /** Number, from 0, of the server that the node is in: units of one server share its fast links. All in one when left out. */
  readonly server?: number
}

/** One directed wire. Latency is in whole picoseconds. */
export interface Link {
  readonly id: number
  readonly from: number
  readonly to: number
  readonly bytesPerSec: number
  readonly latencyPs: number
}

/**
 * Who decides an allocation: basePs from the counts of a layer step at the units to the decision at the units, in whole
 * picoseconds, and cyclePs for each cycle that the allocator says it takes.
 */
export interface Controller {
  readonly basePs: number
  readonly cyclePs: number
}

/** What an exchange may know of the traffic beside copies; each part is estimated from the copies where it is left out. */
export interface ExchangeTraffic {
  /** Tokens that live on each unit; at least as many as any one target gets. */
  readonly tokens?: ArrayLike<number>
  /** Tokens of unit `a` that some unit of server `s` computes, each once, at `a * servers + s`; one a copy when left out. */
  readonly serverCopies?: ArrayLike<number>
  /** Choices (token x expert) that each unit computes: kernels that send a token once an expert; one a copy when left out. */
  readonly choices?: ArrayLike<number>
  /** Experts of the layer; 256 when left out. */
  readonly experts?: number
}

/** Sending tokens to their experts and results back, as two barriers around the experts. */
export interface Exchange {
  /** Ids of the kernels that are timed, those for few tokens first. */
  readonly kernels?: ReadonlyArray<string>
  /** Whole picoseconds until all `copies[from * units + to]` tokens, one copy a target unit, have arrived. */
  readonly dispatchPs: (copies: ArrayLike<number>, bytesPerToken: number, traffic?: ExchangeTraffic) => number
  /** The same for one result a copy on its way back, `to` to `from`. */
  readonly combinePs: (copies: ArrayLike<number>, bytesPerToken: number, traffic?: ExchangeTraffic) => number
  /** What both give of the same copies, for an exchange that has work to do but once for the two; see {@link exchangePs}. */
  readonly bothPs?: (copies: ArrayLike<number>, bytesPerToken: BothBytes, traffic?: ExchangeTraffic) => BothPs
}

/** Bytes of a token on its way out, and of a result on its way back. */
export interface BothBytes {
  readonly dispatch: number
  readonly combine: number
}

export interface BothPs {
  readonly dispatchPs: number
  readonly combinePs: number
}

/** Dispatch and combine of the same copies, in whole picoseconds. */
export const exchangePs = (
  exchange: Exchange,
  copies: ArrayLike<number>,
  bytesPerToken: BothBytes,
  traffic: ExchangeTraffic
): BothPs =>
  exchange.bothPs?.(copies, bytesPerToken, traffic) ?? {
    dispatchPs: exchange.dispatchPs(copies, bytesPerToken.dispatch, traffic),
    combinePs: exchange.combinePs(copies, bytesPerToken.combine, traffic)
  }

/** A built machine: immutable, and a pure function of the spec it came from. */
export interface Machine {
  readonly nodes: ReadonlyArray<Node>
  readonly links: ReadonlyArray<Link>
  /** Bytes of command and address that a remote read sends to the holder. */
  readonly commandBytes: number
  /** Expert fetches that each unit keeps in flight; 8 when left out. */
  readonly outstandingFetches?: number
  /** Who can decide where work goes, by name, the usual one first; decisions are free where there is none. */
  readonly controllers?: Readonly<Record<string, Controller>>
  /** What moving a bit and computing take; energy is not counted where left out. */
  readonly energy?: EnergyCosts
  /**
   * Ids of the memory nodes that hold the experts, nearest first, the last one all of them, where the unit's own memory is
   * but a cache of experts; left out where units hold experts for good.
   */
  readonly expertTiers?: ReadonlyArray<number>
  /** Ids of the links crossed from one node to another, in order; `[]` to itself. */
  readonly route: (from: number, to: number) => ReadonlyArray<number>
  /**
   * Bytes of one activation element on its way to the experts, scales included, for a model served at so many bytes a weight;
   * 1 for models of one byte and 2 for others where it is left out.
   */
  readonly dispatchBytesPerElement?: (bytesPerWeight: number) => number
  /** Only where all units wait for the slowest between dispatch, experts and combine, as expert-parallel GPUs do. */
  readonly exchange?: (fabric: Fabric) => Exchange
}

/** True for weights of 8 bits, their scales included: 1 byte, and up to 1.03 with a scale for 32. */
export const inEightBits = (bytesPerWeight: number): boolean => bytesPerWeight >= 1 && bytesPerWeight < 1.1

/** Bytes of one activation element on its way out: what the machine's kernels send, else 8 bits of models served in 8, or 16. */
export const dispatchBytesPerElement = (machine: Machine, bytesPerWeight: number): number =>
  machine.dispatchBytesPerElement?.(bytesPerWeight) ?? (inEightBits(bytesPerWeight) ? 1 : 2)

/**
 * A machine flattened into typed arrays, for code that runs once a layer step.
 *
 * Units are the compute nodes, numbered 0 to U - 1 in node order. Routes of all U x U unit pairs are laid out end
 * to end: pair `from * U + to` owns `routeLinks[routeStart[pair]]` to `routeLinks[routeStart[pair + 1]]`. They are laid out when
 * they are first asked for; what is to run on thousands of units asks `routesOf` for the pairs that it needs.
 */
export interface Fabric {
  readonly machine: Machine
  readonly units: number
  /** Node id of each unit. */
  readonly nodeOf: Uint32Array
  /** Server of each unit, numbered from 0. */
  readonly serverOf: Uint16Array
  readonly servers: number
  /** Links crossed, by pair. */
  readonly hops: Uint16Array
  readonly routeStart: Uint32Array
  readonly routeLinks: Uint32Array
  /** By link. */
  readonly linkBytesPerSec: Float64Array
  /** By pair: latency of the links of the route. */
  readonly routeLatencyPs: Float64Array
  /** By pair: the narrowest link of the route; infinite to itself. */
  readonly routeBytesPerSec: Float64Array
  /** By unit: achieved arithmetic, memory bandwidth and latency. */
  readonly flopsPerSec: Float64Array
  /** By unit: added to every task. */
  readonly taskOverheadPs: Float64Array
  readonly memoryBytesPerSec: Float64Array
  readonly memoryLatencyPs: Float64Array
  /** By unit: its last-level cache; all zero where it has none. */
  readonly llcBytes: Float64Array
  readonly llcHitPs: Float64Array
  readonly llcMissPs: Float64Array
  /** Expert fetches that a unit may have in flight: its memory-level parallelism. */
  readonly outstandingFetches: number
  /** By unit: room for experts. */
  readonly expertBytes: Float64Array
}

/** Wires up pairs of nodes in both directions, numbering as it goes. */
export const duplex = (
  pairs: Iterable<readonly [a: number, b: number]>,
  wire: { readonly bytesPerSec: number; readonly latencyPs: number }
): ReadonlyArray<Link> => {
  const links: Array<Link> = []
  for (const [a, b] of pairs) {
    links.push({ id: links.length, from: a, to: b, ...wire })
    links.push({ id: links.length, from: b, to: a, ...wire })
  }
  return links
}

/** Finds a link by its two ends in constant time; -1 where there is none. */
export const linkIndex = (links: ReadonlyArray<Link>): ((from: number, to: number) => number) => {
  const out: Array<Map<number, number> | undefined> = []
  for (const { from, to, id } of links) (out[from] ??= new Map()).set(to, id)
  return (from, to) => out[from]?.get(to) ?? -1
}
