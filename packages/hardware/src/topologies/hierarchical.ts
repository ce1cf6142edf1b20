/** Several nodes of units: fast links to a switch inside each node, network cards (NICs) between the nodes. */
import { duplex, type Link } from "../machine.ts"

/** How many of what; units of a node share its NICs evenly, neighbours first. */
export interface Hierarchy {
  readonly nodes: number
  readonly unitsPerNode: number
  /** Divides `unitsPerNode`. */
  readonly nicsPerNode: number
}

/** One direction of a link. */
export type Wire = Pick<Link, "bytesPerSec" | "latencyPs">

/** Wires of the three tiers: unit to the node's switch, unit to its NIC, NIC to the network. */
export interface HierarchyWires {
  readonly inside: Wire
  readonly toNic: Wire
  readonly network: Wire
}

/**
 * Node ids: units first, node after node, then one switch a node, then the NICs, node after node, and the network's
 * switch last. A single node has neither NICs nor network.
 */
export const hierarchicalIds = ({ nodes, unitsPerNode, nicsPerNode }: Hierarchy) => {
  const units = nodes * unitsPerNode
  const nics = nodes > 1 ? nodes * nicsPerNode : 0
  const nodeOf = (unit: number) => Math.floor(unit / unitsPerNode)
  const inNode = (unit: number) => Math.floor(((unit % unitsPerNode) * nicsPerNode) / unitsPerNode)
  return {
    units,
    nics,
    nodeOf,
    switchOf: (unit: number) => units + nodeOf(unit),
    nicOf: (unit: number) => units + nodes + nodeOf(unit) * nicsPerNode + inNode(unit),
    network: units + nodes + nics
  }
}

/** Lists of links as one, numbered anew in order. */
export const joinLinks = (...lists: ReadonlyArray<ReadonlyArray<Link>>): ReadonlyArray<Link> =>
  lists.flat().map((link, id) => ({ ...link, id }))

/**
 * All links, in both directions; a NIC is a node of its own, so that units that share one share its link to the network.
 * The network itself is one switch that never holds anybody up.
 */
export const hierarchicalLinks = (hierarchy: Hierarchy, wires: HierarchyWires): ReadonlyArray<Link> => {
  const { units, nics, switchOf, nicOf, network } = hierarchicalIds(hierarchy)
  const all = Array.from({ length: units }, (_, unit) => unit)
  const inside = duplex(
    all.map((unit) => [unit, switchOf(unit)] as const),
    wires.inside
  )
  if (nics === 0) return inside
  const toNics = all.map((unit) => [unit, nicOf(unit)] as const)
  const toNetwork = Array.from({ length: nics }, (_, nic) => [network - nics + nic, network] as const)
  return joinLinks(inside, duplex(toNics, wires.toNic), duplex(toNetwork, wires.network))
}
