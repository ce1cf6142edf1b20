/** What a machine is: nodes, directed links, and which links a message crosses. Plain data plus one function. */

/** Peak arithmetic of a node and how much of it expert GEMMs reach. */
export interface Compute {
  /** Dense peak at the precision that the machine computes experts in. */
  readonly flopsPerSec: number
  /** Share of the peak that large expert GEMMs reach, 0 to 1. */
  readonly efficiency: number
  /** Added to every task (one expert on one unit), whatever its tokens, in whole picoseconds; none when left out. */
  readonly taskOverheadPs?: number
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

/** One die, GPU, switch or memory stack. `at` places it on a floor plan. */
export interface Node {
  readonly id: number
  readonly name: string
  readonly kind: "compute" | "memory" | "switch"
  readonly compute?: Compute
  readonly memory?: Memory
  readonly at?: readonly [x: number, y: number]
}

/** One directed wire. Latency is in whole picoseconds. */
export interface Link {
  readonly id: number
  readonly from: number
  readonly to: number
  readonly bytesPerSec: number
  readonly latencyPs: number
}

/** What deciding an allocation costs before each layer step, in whole picoseconds: basePs + perExpertPs x experts. */
export interface Controller {
  readonly basePs: number
  readonly perExpertPs: number
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
  /** Ids of the links crossed from one node to another, in order; `[]` to itself. */
  readonly route: (from: number, to: number) => ReadonlyArray<number>
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
  const byEnds = new Map(links.map((link) => [`${link.from}>${link.to}`, link.id]))
  return (from, to) => byEnds.get(`${from}>${to}`) ?? -1
}
